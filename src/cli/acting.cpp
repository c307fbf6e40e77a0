#include "cli/acting.hpp"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <csignal>
#include <cstring>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/number.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/consent.hpp"
#include "cli/run_life.hpp"
#include "cli/say.hpp"
#include "cli/worst.hpp"
#include "feed/feed.hpp"

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

Result<Frame> frame_with(FeedOptions options) {
  static const Result<Root> root = Root::open("/");  // the feed refers to it
  if (!root) return std::unexpected(root.error());
  options.interval_seconds = 0;
  return LiveFeed(*root, std::move(options)).next();
}

control::Family family_of(const Frame& frame, const Target& target) {
  control::Family::Marks marks{.holder = 0, .run_id = {}, .first = identities(frame, target), .never = {::getpid()}};
  if (!target.run) return control::Family(std::move(marks));
  const Run& run = frame.view.runs[*target.run];
  for (const SupervisedSample& supervised : frame.snapshot->supervised) {
    if (supervised.record.id != run.id || !supervised.holder_alive) continue;
    // As the kernel names them (feed/supervised): 0 when it is dead.
    marks.holder = supervised.record.holder.pid;
    marks.never.insert(supervised.record.recorder.pid);
    marks.run_id = run.id;
    marks.owner = supervised.record.owner;
  }
  return control::Family(std::move(marks));
}

}  // namespace

Result<Frame> acting_frame() {
  if (!proc_is_of_this_namespace()) return fail(foreign_proc, ErrorKind::denied);
  return frame_with({.fields = proc::Field::cmdline, .runs = true});
}

Result<Frame> frame_in_depth(const std::vector<ProcessId>& processes, proc::Details what) {
  std::vector<pid_t> pids;
  for (const ProcessId& id : processes) pids.push_back(id.pid);
  std::ranges::sort(pids);
  const auto all = [processes](const Frame& bare) -> Result<std::vector<std::size_t>> {
    std::vector<std::size_t> indices;
    for (std::size_t i = 0; i < bare.snapshot->processes.size(); ++i) {
      if (std::ranges::find(processes, bare.snapshot->processes[i].id) != processes.end()) indices.push_back(i);
    }
    return indices;
  };
  return frame_with({.fields = proc::Field::cmdline | proc::Field::cwd,
                     .runs = false,
                     .host = {},
                     .detail = {.what = what, .of = all},
                     .only = pids});
}

namespace {

/// What one word on the command line names.
Result<std::vector<Target>> targets_of(const Frame& frame, const std::string& text, bool all) {
  Result<std::vector<Target>> targets = resolve_targets(frame, text, Naming::exact);
  if (targets && targets->size() > 1 && !all) {
    return fail(fmt::format("{} names {} targets: {}; be more precise, or use --all", safe_text(text), targets->size(),
                            labels_of(*targets)),
                ErrorKind::usage);
  }
  return targets;
}

/// "; its parent, process 12 (python3), must wait for it or end": what alone rids the host of a zombie.
std::string what_a_zombie_waits_for(const Frame& frame, const ProcessSample& zombie) {
  const ProcessSample* const parent = frame.snapshot->find_pid(zombie.ppid);
  const std::string name =
      fmt::format("process {}{}", zombie.ppid, parent != nullptr ? " (" + safe_text(parent->comm) + ")" : "");
  if (zombie.ppid == 1)
    return fmt::format(
        "; its parent, {}, must wait for it: the init of a container does not always (docker run --init)", name);
  const bool stopped = parent != nullptr && (parent->state == 'T' || parent->state == 't');
  return fmt::format("; its parent, {}, must wait for it or end{}", name,
                     stopped ? fmt::format(", and is stopped: `vigie resume {}`", zombie.ppid) : "");
}

/// Nothing can be done to what has ended and only waits for its parent: no signal reaches it, and it has no threads.
Result<void> refuse_zombie(const Frame& frame, const Target& target, std::string_view verb) {
  if (record_of(frame, target) != nullptr || target.processes.empty()) return {};
  const ProcessSample& leader = frame.snapshot->processes[target.processes.front()];
  if (!has_ended(leader) || !tree_of(frame, target).empty()) return {};
  return fail(fmt::format("cannot {} {}: process {} is a zombie, it has ended and holds nothing but its PID{}", verb,
                          target.label, leader.id.pid, what_a_zombie_waits_for(frame, leader)));
}

}  // namespace

Result<std::vector<Target>> acting_targets(const Frame& frame, const ActingOptions& options, std::string_view verb) {
  std::vector<Target> targets;
  for (const std::string& text : options.targets) {
    Result<std::vector<Target>> named = targets_of(frame, text, options.all);
    if (!named) return named;
    for (Target& target : *named) {
      const bool twice = std::ranges::any_of(
          targets, [&](const Target& other) { return other.run == target.run && other.processes == target.processes; });
      if (!twice) targets.push_back(std::move(target));
    }
  }
  for (const Target& target : targets) {
    std::vector<ProcessId> ids = identities(frame, target);
    std::ranges::move(tree_of(frame, target), std::back_inserter(ids));
    if (Result<void> safe = control::refuse_unsafe(frame.snapshot->processes, ids); !safe) return pass(std::move(safe));
    if (Result<void> alive = refuse_zombie(frame, target, verb); !alive) return pass(std::move(alive));
  }
  if (Result<void> wanted = get_consent(frame, targets, options, verb); !wanted) return pass(std::move(wanted));
  return targets;
}

const RunRecord* record_of(const Frame& frame, const Target& target) {
  if (!target.run) return nullptr;
  const std::string& id = frame.view.runs[*target.run].id;
  for (const SupervisedSample& supervised : frame.snapshot->supervised) {
    if (supervised.record.id == id) return &supervised.record;
  }
  return nullptr;
}

std::vector<ProcessId> identities(const Frame& frame, const Target& target) {
  std::vector<ProcessId> ids;
  for (const std::size_t index : target.processes) ids.push_back(frame.snapshot->processes[index].id);
  return ids;
}

std::vector<ProcessId> tree_of(const Frame& frame, const Target& target) {
  return family_of(frame, target).find(frame.snapshot->processes).processes;
}

control::Lister lister_of(const Frame& frame, const Target& target) {
  // The frame shows the strays that only their environment tells of; later scans need not look for them again.
  auto family = std::make_shared<control::Family>(family_of(frame, target));
  (void)family->find(frame.snapshot->processes);
  return [family] {
    const Result<Frame> now = frame_with({.fields = {}, .runs = false, .host = {}});
    return now ? family->find(now->snapshot->processes) : control::Tree{};
  };
}

std::string command_of(const Frame& frame, ProcessId id) {
  const ProcessSample* process = frame.snapshot->find(id);
  return process == nullptr ? std::string() : command_text(*process);
}

bool all_denied(const std::vector<control::Outcome>& outcomes) {
  const auto harmless = [](const control::Outcome& one) { return one.denied || one.result == "gone"; };
  return std::ranges::all_of(outcomes, harmless) && std::ranges::any_of(outcomes, &control::Outcome::denied);
}

std::unexpected<Error> refused(const std::string& verb, const Target& target, const std::string& why) {
  return fail(fmt::format("cannot {} {}: {}", verb, target.label,
                          why.empty() ? "it belongs to another user; ask them, or use sudo" : why),
              ErrorKind::denied);
}

bool can_be_acted_on(const Frame& frame, const Target& target) {
  const bool elsewhere = target.run && frame.view.runs[*target.run].state == RunState::elsewhere;
  return !target.processes.empty() && !elsewhere;
}

std::unexpected<Error> nothing_to_act_on(const Frame& frame, const Target& target, const std::string& verb) {
  const Run* run = target.run ? &frame.view.runs[*target.run] : nullptr;
  if (run != nullptr && run->state == RunState::elsewhere)
    return fail(fmt::format("cannot {} {} from here: {}; do it there", verb, target.label, safe_text(run->elsewhere)));
  if (run != nullptr && run->state == RunState::queued && run->attempt > 1)
    return fail(fmt::format("{} is between two attempts, and waits for {}: there is nothing to {}", target.label,
                            safe_text(run->waits_for), verb));
  if (run != nullptr && run->state == RunState::queued)
    return fail(fmt::format("{} has not started yet, it waits for {}: there is nothing to {}", target.label,
                            safe_text(run->waits_for), verb));
  return fail(fmt::format("{} is over: there is nothing to {}", target.label, verb));
}

namespace {

using Act = std::function<std::vector<control::Outcome>(const Frame&, const Target&)>;

Result<int> act_on(const Frame& frame, const Target& target, const ActingOptions& options, const Verb& verb,
                   const Act& act, std::vector<ActionRow>& rows) {
  if (!can_be_acted_on(frame, target)) return nothing_to_act_on(frame, target, verb.verb);
  if (options.dry_run) {
    std::vector<ActionRow> plan = planned(frame, target, verb.action);
    const ProcessId leader = identities(frame, target).front();
    if (!verb.whole_tree) std::erase_if(plan, [&](const ActionRow& row) { return row.id != leader; });
    std::ranges::move(plan, std::back_inserter(rows));
    return 0;
  }
  const std::vector<control::Outcome> outcomes = act(frame, target);
  const ProcessSample& leader = frame.snapshot->processes[target.processes.front()];
  const bool own = !leader.uid || *leader.uid == ::geteuid();
  if (all_denied(outcomes)) return refused(verb.verb, target, own ? verb.if_denied : "");
  std::ranges::move(rows_of(frame, outcomes, verb.action), std::back_inserter(rows));
  return std::ranges::any_of(outcomes, &control::Outcome::failed) ? 1 : 0;
}

}  // namespace

Result<int> act_on_targets(const ActingOptions& options, const Verb& verb, const Act& act) {
  Result<Frame> frame = acting_frame();
  if (!frame) return pass(std::move(frame));
  Result<std::vector<Target>> targets = acting_targets(*frame, options, verb.verb);
  if (!targets) return pass(std::move(targets));
  Worst worst(targets->size());
  std::vector<ActionRow> rows;
  for (const Target& target : *targets) worst.add(act_on(*frame, target, options, verb, act, rows));
  const Result<int> status = worst.status();
  if (status) print_rows(rows, options.json);
  return status;
}

std::vector<ActionRow> rows_of(const Frame& frame, const std::vector<control::Outcome>& outcomes,
                               const std::string& action) {
  std::vector<ActionRow> rows;
  for (const control::Outcome& outcome : outcomes) {
    rows.push_back({outcome.id, command_of(frame, outcome.id), action, outcome.result});
  }
  return rows;
}

std::vector<ActionRow> planned(const Frame& frame, const Target& target, const std::string& action) {
  std::vector<ActionRow> rows;
  for (const ProcessId& id : tree_of(frame, target))
    rows.push_back({id, command_of(frame, id), action, "would be done"});
  return rows;
}

nlohmann::json actions_json(const std::vector<ActionRow>& rows) {
  nlohmann::json actions = nlohmann::json::array();
  for (const ActionRow& row : rows) {
    actions.push_back({{"pid", row.id.pid}, {"command", row.command}, {"action", row.action}, {"result", row.result}});
  }
  return actions;
}

void print_rows(const std::vector<ActionRow>& rows, bool json) {
  if (json) {
    say_json({{"vigie", "1"}, {"actions", actions_json(rows)}});
    return;
  }
  for (const ActionRow& row : rows) {
    say("{:>8}  {}: {}  {}\n", row.id.pid, row.action, row.result, cut_to_width(safe_text(row.command), 60));
  }
}

Result<int> parse_signal(const std::string& text) {
  if (const std::optional<int> number = whole_number<int>(text)) {
    if (*number > 0 && *number < NSIG) return *number;
  } else {
    std::string name;
    for (const char c : text) name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (name.starts_with("SIG")) name.erase(0, 3);
    for (int signal = 1; signal < NSIG; ++signal) {
      const char* abbreviation = ::sigabbrev_np(signal);
      if (abbreviation != nullptr && name == abbreviation) return signal;
    }
  }
  return fail(safe_text(text) + " is not a signal: use a name like TERM or USR1, or a number", ErrorKind::usage);
}

}  // namespace vigie::cli
