// vigie limit: what a whole tree may use, through control groups.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>

#include <fmt/format.h>

#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/act/acting.hpp"
#include "cli/command.hpp"
#include "cli/say.hpp"
#include "control/cgroup_leaf.hpp"
#include "keep/groups/limit_groups.hpp"

namespace vigie::cli {
namespace {

struct Options : ActingOptions {
  std::string memory, cpu, io;
};

Result<double> parse_cpu_count(const std::string& text) {
  double cpus = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), cpus, std::chars_format::fixed);
  const bool number = error == std::errc{} && end == text.data() + text.size();
  if (number && std::isfinite(cpus) && cpus >= 0.01 && cpus <= 100'000) return cpus;
  return fail(fmt::format("\"{}\" is no number of CPUs: write for example 2 or 0.5", safe_text(text)),
              ErrorKind::usage);
}

/// "100M" or "100M/s".
Result<std::uint64_t> parse_rate(std::string_view text) {
  if (text.ends_with("/s")) text.remove_suffix(2);
  return parse_size(text);
}

Result<control::Limits> limits_of(const Options& options) {
  control::Limits limits;
  if (!options.memory.empty()) {
    Result<std::uint64_t> bytes = parse_size(options.memory);
    if (!bytes) return pass(std::move(bytes));
    limits.memory_bytes = *bytes;
  }
  if (!options.cpu.empty()) {
    Result<double> cpus = parse_cpu_count(options.cpu);
    if (!cpus) return pass(std::move(cpus));
    limits.cpus = *cpus;
  }
  if (!options.io.empty()) {
    Result<std::uint64_t> rate = parse_rate(options.io);
    if (!rate) return pass(std::move(rate));
    limits.io_bytes_per_second = *rate;
  }
  if (options.memory.empty() && options.cpu.empty() && options.io.empty())
    return fail("say what to limit: --memory SIZE, --cpu N, --io RATE", ErrorKind::usage);
  return limits;
}

std::string action_of(const Options& options) {
  std::string action = "limit";
  if (!options.memory.empty()) action += " memory " + options.memory;
  if (!options.cpu.empty()) action += " cpu " + options.cpu;
  if (!options.io.empty()) action += " io " + options.io;
  return action;
}

/// Its groups of version 1 are made beside its keeper, which removes them at the end of the run. Those of a process
/// that nobody keeps stay: they are named in the report.
Result<std::vector<keep::LimitGroup>> limit_target(const Frame& frame, const act::Target& target,
                                                   const control::Limits& limits) {
  const Result<Root> root = Root::open("/");
  if (!root) return std::unexpected(root.error());
  const RunRecord* record = act::record_of(frame, target);
  const pid_t leader = act::identities(frame, target).front().pid;
  const std::string unified =
      record != nullptr && control::CgroupLeaf::of_run(*record).open() ? record->group.directory : "";
  const std::string name = record != nullptr ? keep::limit_group_name(*record) : fmt::format("vigie-p{}", leader);
  Result<std::vector<keep::LimitGroup>> groups =
      keep::set_limits(*root, limits, unified, record != nullptr ? record->recorder.pid : leader, name);
  if (!groups) return groups;
  for (const keep::LimitGroup& group : *groups) {
    if (group.unified) continue;
    if (Result<void> moved = control::move_tree(act::lister_of(frame, target), group.directory); !moved)
      return pass(std::move(moved));
  }
  return groups;
}

Result<int> limit(const Options& options) {
  Result<control::Limits> limits = limits_of(options);
  if (!limits) return pass(std::move(limits));
  Result<Frame> frame = act::acting_frame();
  if (!frame) return pass(std::move(frame));
  Result<std::vector<act::Target>> targets = acting_targets(*frame, options, "limit");
  if (!targets) return pass(std::move(targets));
  std::vector<act::ActionRow> rows;
  for (const act::Target& target : *targets) {
    if (target.processes.empty()) return fail(target.label + " is over: there is nothing to limit");
    std::vector<act::ActionRow> plan = act::planned(*frame, target, action_of(options));
    if (!options.dry_run) {
      const Result<std::vector<keep::LimitGroup>> groups = limit_target(*frame, target, *limits);
      if (!groups) return std::unexpected(groups.error());
      for (const keep::LimitGroup& group : *groups) {
        if (!target.run && !group.unified)
          complain("{} stays when {} has ended: remove it with rmdir", safe_text(group.directory), target.label);
      }
      for (act::ActionRow& row : plan) row.result = "limited";
    }
    std::ranges::move(plan, std::back_inserter(rows));
  }
  print_rows(rows, options.json);
  return 0;
}

}  // namespace

void define_limit(Command& command) {
  auto options = std::make_shared<Options>();
  command.examples(
      "Examples:\n"
      "  vigie limit resnet --memory 64G        all of it together; beyond that the kernel kills\n"
      "  vigie limit resnet --cpu 4             no more than four CPUs' worth of time\n"
      "  vigie limit resnet --io 100M           bytes a second, each of reading and writing, of each disk");
  add_acting_options(command, *options);
  command.option("--memory", options->memory, "bytes that all processes together may use, without swap")
      .value_name("SIZE");
  command.option("--cpu", options->cpu, "CPUs' worth of time, like 4 or 0.5").value_name("N");
  command.option("--io", options->io, "bytes a second from and to each disk").value_name("RATE");
  command.does([options] { return limit(*options); });
}

}  // namespace vigie::cli
