#include "act/limit.hpp"

#include <charconv>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "base/root.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "control/cgroup_leaf.hpp"
#include "keep/groups/limit_groups.hpp"

namespace vigie::act {
namespace {

/// Makes its groups of version 1 beside its keeper, which removes them at the end of the run. Groups for a process that
/// has no keeper stay: the report names them.
Result<std::vector<keep::LimitGroup>> make_groups(const Frame& frame, const Target& target,
                                                  const control::Limits& limits) {
  const Result<Root> root = Root::open("/");
  RETURN_IF_ERROR(root);
  const pid_t leader = identities(frame, target).front().pid;
  const RunRecord* const record = record_of(frame, target);
  if (record == nullptr) return keep::set_limits(*root, limits, "", leader, fmt::format("vigie-p{}", leader));
  const std::string unified = control::CgroupLeaf::of_run(*record).open() ? record->group.directory : "";
  return keep::set_limits(*root, limits, unified, record->recorder.pid, keep::limit_group_name(*record));
}

Result<Acted> put_in_force(const Frame& frame, const Target& target, const Verb& verb, const control::Limits& limits) {
  Result<Acted> done = plan_of(frame, target, verb);
  if (!done) return done;
  const Result<std::vector<keep::LimitGroup>> groups = make_groups(frame, target, limits);
  RETURN_IF_ERROR(groups);
  for (const keep::LimitGroup& group : *groups) {
    if (group.unified) continue;
    RETURN_IF_ERROR(control::move_tree(lister_of(frame, target), group.directory));
    if (!target.run) {
      done->remarks.push_back(
          fmt::format("{} stays when {} has ended: remove it with rmdir", group.directory, target.label));
    }
  }
  for (ActionRow& row : done->rows) row.result = "limited";
  return done;
}

}  // namespace

Act limit(const LimitWish& wish) {
  const Verb verb{.verb = "limit", .action = "limit " + wish.said};
  return {verb,
          [=](const Frame& frame, const Target& target) { return put_in_force(frame, target, verb, wish.limits); }};
}

Result<double> parse_cpu_count(std::string_view text) {
  double cpus = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), cpus, std::chars_format::fixed);
  const bool number = error == std::errc{} && end == text.data() + text.size();
  if (number && std::isfinite(cpus) && cpus >= 0.01 && cpus <= 100'000) return cpus;
  return fail(fmt::format("\"{}\" is no number of CPUs: write for example 2 or 0.5", safe_text(text)),
              ErrorKind::usage);
}

Result<std::uint64_t> parse_memory_limit(std::string_view text) {
  Result<std::uint64_t> bytes = parse_size(text);
  if (bytes && *bytes == 0) return fail("a limit of no memory at all ends what it is given to", ErrorKind::usage);
  return bytes;
}

Result<std::uint64_t> parse_rate(std::string_view text) {
  if (text.ends_with("/s")) text.remove_suffix(2);
  return parse_size(text);
}

}  // namespace vigie::act
