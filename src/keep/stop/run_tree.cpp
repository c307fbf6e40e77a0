#include "keep/stop/run_tree.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <set>

#include "control/cgroup_leaf.hpp"
#include "control/process.hpp"
#include "sources/proc/scanner.hpp"

namespace vigie::keep {
namespace {

constexpr int adoption_rounds = 2000;  ///< of kill_children, some tens of microseconds each while any process is left

/// Nothing when /proc cannot be read.
std::optional<std::vector<ProcessSample>> scan(proc::Fields fields, std::optional<std::vector<pid_t>> only = {}) {
  const Result<Root> root = Root::open("/");
  if (!root) return std::nullopt;
  proc::ScanRequest request{.fields = fields};
  if (only) {
    std::ranges::sort(*only);
    request.only = *only;
  }
  std::vector<ProcessSample> processes;
  if (!proc::Scanner(*root).scan(request, processes)) return std::nullopt;
  return processes;
}

/// A holder that was killed has no children, and its pid may be another's.
pid_t living_holder(const RunRecord& record) {
  return control::open_process(record.holder) ? record.holder.pid : 0;
}

std::optional<control::CgroupLeaf> group_of(const RunRecord& record) {
  if (record.group.directory.empty()) return std::nullopt;
  return control::CgroupLeaf::of_run(record);
}

}  // namespace

RunTree::RunTree(const RunRecord& record)
    : record_(record),
      family_({.holder = living_holder(record),
               .run_id = record.id,
               .first = {record.leader},
               .never = {::getpid()},
               .owner = record.owner,
               .old_session = living_holder(record) > 0 ? 0 : record.holder.pid}) {}

control::Tree RunTree::find() {
  const std::optional<std::vector<ProcessSample>> processes = scan({});
  if (!processes) return {.processes = {}, .groups = {}, .unseen = true};
  if (const std::optional<control::CgroupLeaf> group = group_of(record_)) {
    for (const pid_t pid : group->pids()) {
      const auto member =
          std::ranges::lower_bound(*processes, pid, {}, [](const ProcessSample& p) { return p.id.pid; });
      if (member != processes->end() && member->id.pid == pid) family_.add(member->id);
    }
  }
  control::Tree tree = family_.find(*processes);
  return tree.processes.empty() ? find_marked(*processes) : tree;
}

control::Tree RunTree::find_marked(const std::vector<ProcessSample>& processes) {
  std::vector<pid_t> younger;  // a process that the run started cannot have begun before it
  for (const ProcessSample& process : processes) {
    if (process.id.start_ticks >= record_.holder.start_ticks) younger.push_back(process.id.pid);
  }
  std::vector<ProcessSample> all = processes;
  std::optional<std::vector<ProcessSample>> marked = scan(proc::Field::variables, std::move(younger));
  if (!marked) return {.processes = {}, .groups = {}, .unseen = true};
  for (ProcessSample& with : *marked) {
    const auto same = std::ranges::find(all, with.id, &ProcessSample::id);
    if (same != all.end()) *same = std::move(with);
  }
  return family_.find(all);
}

void RunTree::let_stopped_go_on() {
  if (const std::optional<control::CgroupLeaf> group = group_of(record_); group && group->frozen())
    ignore_error(group->thaw());
  const std::optional<std::vector<ProcessSample>> processes = scan({});
  if (!processes) return;
  for (const ProcessId& id : family_.find(*processes).processes) {
    const auto process = std::ranges::find(*processes, id, &ProcessSample::id);
    if (process != processes->end() && process->state == 'T') ignore_error(control::send_signal(id, SIGCONT));
  }
}

std::vector<control::Listener> RunTree::listeners(int signal) {
  return control::listeners_of(find().processes, signal);
}

std::vector<control::Outcome> RunTree::pass_on(control::SignalCourse& course) {
  const std::vector<ProcessId> tree = find().processes;
  remember_commands(tree);
  return course.advance(tree);
}

std::string RunTree::command_of(ProcessId id) const {
  const auto command = commands_.find(id);
  return command == commands_.end() ? "" : command->second;
}

void RunTree::remember_commands(std::span<const ProcessId> processes) {
  std::vector<pid_t> pids;
  for (const ProcessId& id : processes) {
    if (!commands_.contains(id)) pids.push_back(id.pid);
  }
  if (pids.empty()) return;
  const std::optional<std::vector<ProcessSample>> named = scan(proc::Field::cmdline, std::move(pids));
  if (!named) return;
  for (const ProcessSample& process : *named) commands_[process.id] = command_text(process);
}

std::vector<StopAction> RunTree::kill(double timeout_seconds) {
  const control::Tree before = find();
  remember_commands(before.processes);
  const pid_t holder = living_holder(record_);
  const std::optional<control::CgroupLeaf> group = group_of(record_);
  const auto strike = [&] {
    if (group) ignore_error(group->kill());
    const pid_t spared[] = {::getpid()};
    if (holder > 0) control::kill_children(holder, spared, adoption_rounds, record_.leader.pid);
  };
  const control::Killed killed = control::kill_tree([this] { return find(); }, timeout_seconds, strike);
  // The processes that the first strike hit were gone before they could be listed.
  std::set<ProcessId> all(before.processes.begin(), before.processes.end());
  all.insert(killed.killed.begin(), killed.killed.end());
  std::vector<StopAction> actions;
  for (const ProcessId& id : all) {
    const std::string reason = control::why_it_survives(id);
    actions.push_back(
        {.pid = id.pid, .command = command_of(id), .action = "kill", .result = reason.empty() ? "ended" : reason});
  }
  std::ranges::stable_partition(actions, [](const StopAction& action) { return action.result != "ended"; });
  return actions;
}

}  // namespace vigie::keep
