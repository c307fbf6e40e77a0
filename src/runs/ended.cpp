#include "runs/ended.hpp"

#include <algorithm>
#include <unordered_map>

namespace vigie {
namespace {

/// A pid that is in use again may lead in a circle.
constexpr std::size_t most_ancestors = 64;

}  // namespace

std::vector<std::vector<pid_t>> ancestors_of_ended(const Snapshot& snapshot) {
  std::unordered_map<pid_t, pid_t> parents;
  for (const EndedProcess& one : snapshot.ended) parents.insert_or_assign(one.id.pid, one.ppid);
  std::vector<std::vector<pid_t>> all;
  all.reserve(snapshot.ended.size());
  for (const EndedProcess& one : snapshot.ended) {
    std::vector<pid_t>& ancestors = all.emplace_back();
    for (pid_t parent = one.ppid; parent > 0 && ancestors.size() < most_ancestors;) {
      ancestors.push_back(parent);
      const auto ended = parents.find(parent);
      const ProcessSample* const alive = snapshot.find_pid(parent);
      parent = alive != nullptr ? alive->ppid : ended != parents.end() ? ended->second : 0;
    }
  }
  return all;
}

std::vector<int> runs_of_ended(const Snapshot& snapshot, const RunView& view,
                               const std::vector<std::vector<pid_t>>& ancestors) {
  std::unordered_map<pid_t, int> led;
  for (std::size_t run = 0; run < view.runs.size(); ++run) {
    // Other processes may now have the pids of runs that were over long ago.
    const bool over =
        is_over(view.runs[run].state) &&
        !std::ranges::any_of(snapshot.ended, [&](const EndedProcess& one) { return one.id == view.runs[run].leader; });
    if (view.runs[run].leader.pid > 0 && !over) led.try_emplace(view.runs[run].leader.pid, static_cast<int>(run));
  }
  const auto run_of_pid = [&](pid_t pid) {
    if (const auto found = led.find(pid); found != led.end()) return found->second;
    const ProcessSample* const alive = snapshot.find_pid(pid);
    const auto index =
        alive == nullptr ? view.run_of.size() : static_cast<std::size_t>(alive - snapshot.processes.data());
    return index < view.run_of.size() ? view.run_of[index] : -1;
  };
  std::vector<int> runs;
  runs.reserve(snapshot.ended.size());
  for (std::size_t index = 0; index < snapshot.ended.size(); ++index) {
    const EndedProcess& process = snapshot.ended[index];
    // It may have been the run itself, which is over now.
    const auto leads = std::ranges::find(view.runs, process.id, &Run::leader);
    int run = leads == view.runs.end() ? -1 : static_cast<int>(leads - view.runs.begin());
    for (const pid_t ancestor : ancestors[index]) {
      if (run >= 0) break;
      run = run_of_pid(ancestor);
    }
    if (run < 0 && process.session) run = run_of_pid(*process.session);
    runs.push_back(run);
  }
  return runs;
}

}  // namespace vigie
