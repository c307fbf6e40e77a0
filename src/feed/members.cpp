#include "feed/members.hpp"

#include <algorithm>

#include "model/ancestors.hpp"

namespace vigie {

namespace {

/// A worker starts a shell, and the shell a decoder: no process deeper than that works for the worker.
constexpr int deepest = 4;

void add_below(const Snapshot& snapshot, const RunView& view, std::size_t index, std::vector<proc::Below>& below) {
  const ProcessSample& process = snapshot.processes[index];
  int depth = 0;
  for_each_ancestor(snapshot, process, [&](const ProcessSample& above) {
    const auto at = static_cast<std::size_t>(&above - snapshot.processes.data());
    if (at >= view.run_of.size() || view.run_of[at] != view.run_of[index] || ++depth > deepest) return false;
    below.push_back({.above = above.id, .process = process.id});
    return true;
  });
}

}  // namespace

Members members_of(const Snapshot& snapshot, const RunView& view) {
  constexpr std::size_t most_watched = 500;
  Members members;
  std::vector<ProcessId> others;
  for (const Run& run : view.runs) {
    for (const Member& member : run.members) {
      if (member.process >= snapshot.processes.size()) continue;
      const ProcessId id = snapshot.processes[member.process].id;
      const bool other = member.role == Role::launcher || member.role == Role::other || member.role == Role::helper;
      (other ? others : members.watched).push_back(id);
      members.all.push_back(id.pid);
      add_below(snapshot, view, member.process, members.below);
    }
  }
  const std::size_t room = most_watched - std::min(most_watched, members.watched.size());
  others.resize(std::min(others.size(), room));
  members.watched.insert(members.watched.end(), others.begin(), others.end());
  std::ranges::sort(members.all);
  return members;
}

}  // namespace vigie
