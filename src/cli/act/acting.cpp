#include "cli/act/acting.hpp"

#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "cli/act/consent.hpp"
#include "cli/command.hpp"
#include "cli/say.hpp"
#include "cli/worst.hpp"

namespace vigie::cli {

void add_acting_options(Command& command, ActingOptions& options) {
  command.option("TARGET", options.targets, "PIDs, runs' whole names or ids, or %PATTERN").required();
  command.flag("--all", options.all, "act on everything %PATTERN matches");
  command.flag("--yes", options.yes,
               "do not ask before it acts on a run that vigie did not start, or on what is somebody else's");
  command.flag("--dry-run", options.dry_run, "print what would be done and do nothing");
  command.flag("--json", options.json, "one JSON document: a row per process acted on");
}

namespace {

/// What one word on the command line names.
Result<std::vector<act::Target>> targets_of(const Frame& frame, const std::string& text, bool all) {
  Result<std::vector<act::Target>> targets = act::resolve_targets(frame, text, act::Naming::exact);
  if (targets && targets->size() > 1 && !all) {
    return fail(fmt::format("{} names {} targets: {}; be more precise, or use --all", safe_text(text), targets->size(),
                            act::labels_of(*targets)),
                ErrorKind::usage);
  }
  return targets;
}

}  // namespace

Result<std::vector<act::Target>> acting_targets(const Frame& frame, const ActingOptions& options,
                                                std::string_view verb) {
  std::vector<act::Target> targets;
  for (const std::string& text : options.targets) {
    Result<std::vector<act::Target>> named = targets_of(frame, text, options.all);
    if (!named) return named;
    for (act::Target& target : *named) {
      const bool twice = std::ranges::any_of(targets, [&](const act::Target& other) {
        return other.run == target.run && other.processes == target.processes;
      });
      if (!twice) targets.push_back(std::move(target));
    }
  }
  for (const act::Target& target : targets) {
    std::vector<ProcessId> ids = act::identities(frame, target);
    std::ranges::move(act::tree_of(frame, target), std::back_inserter(ids));
    if (Result<void> safe = control::refuse_unsafe(frame.snapshot->processes, ids); !safe) return pass(std::move(safe));
    if (Result<void> alive = act::refuse_zombie(frame, target, verb); !alive) return pass(std::move(alive));
  }
  if (Result<void> wanted = get_consent(frame, targets, options, verb); !wanted) return pass(std::move(wanted));
  return targets;
}

namespace {

using Act = std::function<std::vector<control::Outcome>(const Frame&, const act::Target&)>;

Result<int> act_on(const Frame& frame, const act::Target& target, const ActingOptions& options, const Verb& verb,
                   const Act& act, std::vector<act::ActionRow>& rows) {
  if (!act::can_be_acted_on(frame, target)) return act::nothing_to_act_on(frame, target, verb.verb);
  if (options.dry_run) {
    std::vector<act::ActionRow> plan = act::planned(frame, target, verb.action);
    const ProcessId leader = act::identities(frame, target).front();
    if (!verb.whole_tree) std::erase_if(plan, [&](const act::ActionRow& row) { return row.id != leader; });
    std::ranges::move(plan, std::back_inserter(rows));
    return 0;
  }
  const std::vector<control::Outcome> outcomes = act(frame, target);
  const ProcessSample& leader = frame.snapshot->processes[target.processes.front()];
  const bool own = !leader.uid || *leader.uid == ::geteuid();
  if (act::all_denied(outcomes)) return act::refused(verb.verb, target, own ? verb.if_denied : "");
  std::ranges::move(act::rows_of(frame, outcomes, verb.action), std::back_inserter(rows));
  return std::ranges::any_of(outcomes, &control::Outcome::failed) ? 1 : 0;
}

}  // namespace

Result<int> act_on_targets(const ActingOptions& options, const Verb& verb, const Act& act) {
  Result<Frame> frame = act::acting_frame();
  if (!frame) return pass(std::move(frame));
  Result<std::vector<act::Target>> targets = acting_targets(*frame, options, verb.verb);
  if (!targets) return pass(std::move(targets));
  Worst worst(targets->size());
  std::vector<act::ActionRow> rows;
  for (const act::Target& target : *targets) worst.add(act_on(*frame, target, options, verb, act, rows));
  const Result<int> status = worst.status();
  if (status) print_rows(rows, options.json);
  return status;
}

nlohmann::json actions_json(const std::vector<act::ActionRow>& rows) {
  nlohmann::json actions = nlohmann::json::array();
  for (const act::ActionRow& row : rows) {
    actions.push_back({{"pid", row.id.pid}, {"command", row.command}, {"action", row.action}, {"result", row.result}});
  }
  return actions;
}

void print_rows(const std::vector<act::ActionRow>& rows, bool json) {
  if (json) {
    say_json({{"vigie", "1"}, {"actions", actions_json(rows)}});
    return;
  }
  for (const act::ActionRow& row : rows) {
    say("{:>8}  {}: {}  {}\n", row.id.pid, row.action, row.result, cut_to_width(safe_text(row.command), 60));
  }
}

}  // namespace vigie::cli
