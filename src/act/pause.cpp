#include "act/pause.hpp"

#include <algorithm>
#include <csignal>
#include <optional>

#include "control/cgroup_leaf.hpp"
#include "control/process.hpp"
#include "wire/run_directory.hpp"

namespace vigie::act {
namespace {

constexpr double freeze_seconds = 10;
constexpr double stop_seconds = 2;

enum class Way : bool { pause, resume };

std::string name_of(Way way) {
  return way == Way::pause ? "pause" : "resume";
}

/// A run's own control group, where there is one that can be frozen by this user.
std::optional<control::CgroupLeaf> group_of(const RunRecord* record) {
  if (record == nullptr || record->group.directory.empty()) return std::nullopt;
  return control::CgroupLeaf::of_run(*record);
}

/// With the freezer: one write, and no process can escape.
Result<std::vector<control::Outcome>> through_group(const control::CgroupLeaf& group, const control::Lister& list,
                                                    Way way) {
  RETURN_IF_ERROR(way == Way::pause ? group.freeze(freeze_seconds) : group.thaw());
  std::vector<control::Outcome> outcomes;
  for (const ProcessId& id : list().processes) outcomes.push_back({id, way == Way::pause ? "frozen" : "thawed", false});
  // A process that was stopped by SIGSTOP before, or has left the group, needs the signal too.
  if (way == Way::resume) control::signal_tree(list, SIGCONT);
  return outcomes;
}

std::vector<control::Outcome> by_signals(const control::Lister& list, Way way) {
  return way == Way::pause ? control::stop_tree(list, stop_seconds) : control::signal_tree(list, SIGCONT);
}

/// How many of them are paused at this moment: stopped, or in a frozen control group.
std::size_t count_paused(const std::vector<ProcessId>& processes, bool frozen) {
  if (frozen) return processes.size();
  return static_cast<std::size_t>(std::ranges::count_if(processes, [](const ProcessId& id) {
    const char state = control::state_of(id.pid);
    return state == 'T' || state == 't';
  }));
}

Result<Paused> switch_to(const Frame& frame, const Target& target, Way way) {
  if (!can_be_acted_on(frame, target)) return nothing_to_act_on(frame, target, name_of(way));
  const RunRecord* const record = record_of(frame, target);
  const std::optional<control::CgroupLeaf> group = group_of(record);
  const bool was_frozen = group && group->frozen();
  Paused paused;
  paused.before = count_paused(tree_of(frame, target), was_frozen);
  paused.by_group = way == Way::pause ? group.has_value() : was_frozen;
  const control::Lister list = lister_of(frame, target);
  ASSIGN_OR_RETURN(std::vector<control::Outcome> outcomes,
                   group ? through_group(*group, list, way) : by_signals(list, way));
  ASSIGN_OR_RETURN(Acted done, acted(frame, target, {.verb = name_of(way), .action = name_of(way)}, outcomes));
  static_cast<Acted&>(paused) = std::move(done);
  paused.processes = paused.rows.size();
  const bool changed = way == Way::pause || paused.before > 0;
  for (std::size_t i = 0; !changed && i < paused.processes; ++i) {
    if (!outcomes[i].failed) paused.rows[i].result = "was not paused";
  }
  if (record != nullptr && changed) ignore_error(wire::append_event(record->directory, name_of(way) + "d"));
  return paused;
}

}  // namespace

Result<Paused> pause(const Frame& frame, const Target& target) {
  return switch_to(frame, target, Way::pause);
}

Result<Paused> resume(const Frame& frame, const Target& target) {
  return switch_to(frame, target, Way::resume);
}

}  // namespace vigie::act
