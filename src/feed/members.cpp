#include "feed/members.hpp"

#include <algorithm>

namespace vigie {

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
    }
  }
  const std::size_t room = most_watched - std::min(most_watched, members.watched.size());
  others.resize(std::min(others.size(), room));
  members.watched.insert(members.watched.end(), others.begin(), others.end());
  std::ranges::sort(members.all);
  return members;
}

}  // namespace vigie
