// vigie pause and vigie resume: the whole tree.
#include <algorithm>
#include <csignal>
#include <memory>

#include <fmt/format.h>

#include "cli/act/acting.hpp"
#include "cli/command.hpp"
#include "cli/say.hpp"
#include "cli/worst.hpp"
#include "control/cgroup_leaf.hpp"
#include "control/process.hpp"
#include "wire/run_directory.hpp"

namespace vigie::cli {
namespace {

constexpr double freeze_seconds = 10;
constexpr double stop_seconds = 2;

enum class Way : bool { pause, resume };

std::string name_of(Way way) {
  return way == Way::pause ? "pause" : "resume";
}

/// A run's own control group, where there is one that can be frozen by this user.
std::optional<control::CgroupLeaf> group_of(const Frame& frame, const act::Target& target) {
  const RunRecord* record = act::record_of(frame, target);
  if (record == nullptr || record->group.directory.empty()) return std::nullopt;
  return control::CgroupLeaf::of_run(*record);
}

/// With the freezer: one write, and nobody can slip through.
Result<std::vector<control::Outcome>> through_group(const control::CgroupLeaf& group, const control::Lister& list,
                                                    Way way) {
  Result<void> done = way == Way::pause ? group.freeze(freeze_seconds) : group.thaw();
  if (!done) return pass(std::move(done));
  std::vector<control::Outcome> outcomes;
  for (const ProcessId& id : list().processes) outcomes.push_back({id, way == Way::pause ? "frozen" : "thawed", false});
  // Who was stopped by SIGSTOP before, or has left the group, needs the signal too.
  if (way == Way::resume) control::signal_tree(list, SIGCONT);
  return outcomes;
}

std::vector<control::Outcome> by_signals(const control::Lister& list, Way way) {
  return way == Way::pause ? control::stop_tree(list, stop_seconds) : control::signal_tree(list, SIGCONT);
}

/// How many of them may not run at this moment: stopped, or in a frozen control group.
std::size_t count_paused(const std::vector<ProcessId>& processes, bool frozen) {
  if (frozen) return processes.size();
  return static_cast<std::size_t>(std::ranges::count_if(processes, [](const ProcessId& id) {
    const char state = control::state_of(id.pid);
    return state == 'T' || state == 't';
  }));
}

/// "paused 9 processes (frozen); …". `before`: of how many that was so already.
void tell(const act::Target& target, Way way, std::size_t count, std::size_t before, bool frozen) {
  if (way == Way::resume && before == 0) {
    say("{} runs: nothing of it was paused\n", target.label);
    return;
  }
  if (way == Way::pause && count > 0 && before >= count) {
    say("{} was paused already: `vigie resume {}` lets it go on\n", target.label, target.label);
    return;
  }
  if (way == Way::resume) count = before;
  say("{}: {}d {} process{}{}\n", target.label, name_of(way), count, count == 1 ? "" : "es",
      frozen ? way == Way::pause ? " (control group frozen)" : " (control group thawed)" : "");
  if (way == Way::resume) return;
  say("  memory stays taken, GPU memory too; a collective operation (NCCL) that waits for longer than its timeout "
      "fails on resume\n");
}

Result<int> act_on(const Frame& frame, const act::Target& target, const ActingOptions& options, Way way,
                   std::vector<act::ActionRow>& rows) {
  if (!act::can_be_acted_on(frame, target)) return act::nothing_to_act_on(frame, target, name_of(way));
  if (options.dry_run) {
    std::ranges::move(act::planned(frame, target, name_of(way)), std::back_inserter(rows));
    return 0;
  }
  const control::Lister list = act::lister_of(frame, target);
  const std::optional<control::CgroupLeaf> group = group_of(frame, target);
  const bool was_frozen = group && group->frozen();
  const std::size_t before = count_paused(act::tree_of(frame, target), was_frozen);
  Result<std::vector<control::Outcome>> outcomes = group ? through_group(*group, list, way) : by_signals(list, way);
  if (!outcomes) return pass(std::move(outcomes));
  if (act::all_denied(*outcomes)) return act::refused(name_of(way), target);
  const bool changed = way == Way::pause || before > 0;
  for (control::Outcome& outcome : *outcomes) {
    if (!changed && !outcome.failed) outcome.result = "was not paused";
  }
  std::ranges::move(act::rows_of(frame, *outcomes, name_of(way)), std::back_inserter(rows));
  if (const RunRecord* record = act::record_of(frame, target); record != nullptr && changed)
    (void)wire::append_event(record->directory, name_of(way) + "d").has_value();
  if (!options.json) tell(target, way, outcomes->size(), before, way == Way::pause ? group.has_value() : was_frozen);
  return std::ranges::any_of(*outcomes, &control::Outcome::failed) ? 1 : 0;
}

Result<int> signal_targets(const ActingOptions& options, Way way) {
  Result<Frame> frame = act::acting_frame();
  if (!frame) return pass(std::move(frame));
  Result<std::vector<act::Target>> targets = acting_targets(*frame, options, name_of(way));
  if (!targets) return pass(std::move(targets));
  Worst worst(targets->size());
  std::vector<act::ActionRow> rows;
  for (const act::Target& target : *targets) worst.add(act_on(*frame, target, options, way, rows));
  const Result<int> status = worst.status();
  if (status && (options.json || options.dry_run || *status != 0)) print_rows(rows, options.json);
  return status;
}

void define(Command& command, Way way, const char* examples) {
  auto options = std::make_shared<ActingOptions>();
  command.examples(examples);
  add_acting_options(command, *options);
  command.does([=] { return signal_targets(*options, way); });
}

}  // namespace

void define_pause(Command& command) {
  define(command, Way::pause, "Examples:\n  vigie pause resnet\n  vigie pause --dry-run 4711");
}

void define_resume(Command& command) {
  define(command, Way::resume, "Examples:\n  vigie resume resnet");
}

}  // namespace vigie::cli
