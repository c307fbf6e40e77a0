#include "control/family.hpp"

#include <algorithm>
#include <cstddef>
#include <map>

#include "model/keeper.hpp"

namespace vigie::control {
namespace {

/// Groups without other processes. A zombie does not count: it cannot be signalled.
std::vector<Group> groups_of(std::span<const ProcessSample> processes, const std::vector<bool>& member) {
  std::map<pid_t, ProcessId> found;
  std::set<pid_t> shared;
  for (std::size_t i = 0; i < processes.size(); ++i) {
    if (processes[i].process_group <= 1 || has_ended(processes[i])) continue;
    if (member[i]) {
      found.emplace(processes[i].process_group, processes[i].id);
    } else {
      shared.insert(processes[i].process_group);
    }
  }
  std::vector<Group> groups;
  for (const auto& [group, id] : found) {
    if (!shared.contains(group)) groups.push_back({group, id});
  }
  return groups;
}

/// These, and all below them but `holder` and what is below that.
std::set<pid_t> apart(const std::set<pid_t>& never, pid_t holder, const std::multimap<pid_t, std::size_t>& children,
                      std::span<const ProcessSample> processes) {
  std::set<pid_t> found = never;
  std::vector<pid_t> open(never.begin(), never.end());
  while (!open.empty()) {
    const pid_t parent = open.back();
    open.pop_back();
    if (parent == holder) continue;
    const auto [begin, end] = children.equal_range(parent);
    for (auto child = begin; child != end; ++child) {
      const pid_t pid = processes[child->second].id.pid;
      if (found.insert(pid).second) open.push_back(pid);
    }
  }
  return found;
}

}  // namespace

Family::Family(Marks marks) : marks_(std::move(marks)), known_(marks_.first.begin(), marks_.first.end()) {
  if (marks_.holder > 0) sessions_.insert(marks_.holder);
}

bool Family::belongs_by_itself(const ProcessSample& process) const {
  if (marks_.holder > 0 && process.ppid == marks_.holder) return true;
  if (known_.contains(process.id) || sessions_.contains(process.session)) return true;
  const bool marked = !marks_.run_id.empty() && process.variables && process.variables->vigie_run_id == marks_.run_id;
  return marked && (!marks_.owner || process.uid == *marks_.owner);
}

bool Family::in_old_session(std::span<const ProcessSample> processes, std::span<const std::size_t> members) const {
  return marks_.old_session > 0 && std::ranges::any_of(members, [&](std::size_t index) {
           return processes[index].session == marks_.old_session && !has_ended(processes[index]);
         });
}

/// The keeper of a run that was started within this one. A caller that names a keeper means that keeper.
bool Family::is_of_another_run(const ProcessSample& process) const {
  return is_keeper(process) && std::ranges::find(marks_.first, process.id) == marks_.first.end();
}

Tree Family::find(std::span<const ProcessSample> processes) {
  std::multimap<pid_t, std::size_t> children;
  for (std::size_t i = 0; i < processes.size(); ++i) children.emplace(processes[i].ppid, i);
  const std::set<pid_t> never = apart(marks_.never, marks_.holder, children, processes);
  std::vector<std::size_t> open;
  std::vector<bool> member(processes.size());
  const auto add = [&](std::size_t index) {
    const ProcessSample& process = processes[index];
    if (member[index] || process.id.pid <= 1 || never.contains(process.id.pid)) return;
    if (process.id.pid == marks_.holder || is_of_another_run(process)) return;
    member[index] = true;
    open.push_back(index);
  };
  const auto add_all = [&] {
    for (std::size_t i = 0; i < processes.size(); ++i) {
      if (belongs_by_itself(processes[i])) add(i);
    }
  };
  add_all();
  if (in_old_session(processes, open) && sessions_.insert(marks_.old_session).second) add_all();
  Tree tree;
  for (std::size_t next = 0; next < open.size(); ++next) {
    const ProcessSample& process = processes[open[next]];
    known_.insert(process.id);
    if (process.session == process.id.pid) sessions_.insert(process.session);
    if (!has_ended(process)) tree.processes.push_back(process.id);
    const auto [begin, end] = children.equal_range(process.id.pid);
    for (auto child = begin; child != end; ++child) add(child->second);
  }
  tree.groups = groups_of(processes, member);
  return tree;
}

}  // namespace vigie::control
