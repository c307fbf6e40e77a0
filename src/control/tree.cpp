#include "control/tree.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <map>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/life_lock.hpp"
#include "base/process.hpp"
#include "control/process.hpp"
#include "model/keeper.hpp"

namespace vigie::control {
namespace {

constexpr int most_sweeps = 50;
constexpr int stop_sweeps = 5;  ///< before a kill: more would not stop a process that forks faster than that
constexpr std::size_t most_killed = 1000;

/// Waits for the first of them to end rather than for time to pass; an unkillable one costs the whole `seconds`.
void wait_for_first_end(std::span<const ProcessId> targets, double seconds) {
  for (const ProcessId& id : targets) {
    if (const Result<Fd> pidfd = open_process(id)) {
      (void)wait_for_end(*pidfd, seconds);
      return;
    }
  }
  if (targets.empty()) ::poll(nullptr, 0, static_cast<int>(seconds * 1000));  // they could not be seen: perhaps soon
}

/// Groups first: that is one moment for all of them. Then each process, for those whose group has others in it, too.
/// Only for signals that mean the same when they come twice.
void strike_tree(const Tree& tree, int signal) {
  for (const Group& group : tree.groups) ignore_error(send_signal_to_group(group.member, group.id, signal));
  signal_each(tree.processes, signal);
}

/// Neither stopped nor traced nor over.
bool is_awake(char state) {
  return std::string_view("TtZX?").find(state) == std::string_view::npos;
}

}  // namespace

std::vector<Outcome> signal_each(std::span<const ProcessId> targets, int signal) {
  std::vector<Outcome> outcomes;
  for (const ProcessId& id : targets) {
    const Result<void> sent = send_signal(id, signal);
    if (sent) {
      outcomes.push_back({id, "signalled"});
    } else if (sent.error().kind == ErrorKind::no_target) {
      outcomes.push_back({id, "gone"});
    } else {
      outcomes.push_back({id, sent.error().message, true, sent.error().kind == ErrorKind::denied});
    }
  }
  return outcomes;
}

std::vector<Outcome> signal_tree(const Lister& list, int signal) {
  std::vector<Outcome> outcomes;
  std::set<ProcessId> done;
  for (int sweep = 0; sweep < most_sweeps; ++sweep) {
    std::vector<ProcessId> fresh = list().processes;
    std::erase_if(fresh, [&](const ProcessId& id) { return !done.insert(id).second; });
    if (fresh.empty()) break;
    std::ranges::move(signal_each(fresh, signal), std::back_inserter(outcomes));
  }
  return outcomes;
}

std::vector<Outcome> stop_tree(const Lister& list, double timeout_seconds) {
  constexpr int moment_ms = 2;
  const Instant begin = now();
  std::vector<Outcome> outcomes = signal_tree(list, SIGSTOP);
  for (Outcome& outcome : outcomes) {
    if (outcome.failed) continue;
    while (is_awake(state_of(outcome.id.pid)) && seconds_between(begin, now()) < timeout_seconds)
      ::poll(nullptr, 0, moment_ms);
    const char state = state_of(outcome.id.pid);
    if (state == 'D')
      outcome.result = "stops once the kernel lets it go (state D, as with a disk that does not answer)";
    if (state != 'D' && is_awake(state)) outcome.result = "has not stopped yet: it gets no CPU";
  }
  return outcomes;
}

Killed kill_tree(const Lister& list, double timeout_seconds, const std::function<void()>& strike) {
  const Instant begin = now();
  std::set<ProcessId> seen;
  while (true) {
    if (strike) strike();
    Tree alive = list();
    const double left = timeout_seconds - seconds_between(begin, now());
    if (alive.is_gone() || left <= 0) {
      return {.killed = {seen.begin(), seen.end()}, .left = std::move(alive.processes)};
    }
    for (int sweep = 0; sweep < stop_sweeps && !alive.processes.empty(); ++sweep) {
      strike_tree(alive, SIGSTOP);
      const std::size_t before = seen.size();
      for (const ProcessId& id : alive.processes) {
        if (seen.size() < most_killed) seen.insert(id);
      }
      if (sweep > 0 && seen.size() == before) break;
      alive = list();
    }
    strike_tree(alive, SIGKILL);
    wait_for_first_end(alive.processes, std::min(left, 0.05));
  }
}

void kill_children(pid_t parent, std::span<const pid_t> spared, int rounds, pid_t job) {
  for (int round = 0; round < rounds; ++round) {
    bool any = false;
    for (const pid_t pid : children_of(parent).value_or(std::vector<pid_t>{})) {
      if (std::ranges::find(spared, pid) != spared.end()) continue;
      const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
      // Asked after opening: the pidfd names a child of `parent`, or its parent is another now.
      const std::optional<ProcessStat> child = stat_of_process(pid);
      if (pid != job && child && child->comm == keeper_comm && may_hold_life_lock(pid)) continue;
      any = true;
      if (pidfd && child && child->parent == parent) ignore_error(send_signal(pidfd, SIGKILL));
    }
    if (!any) return;
  }
}

Result<void> refuse_unsafe(std::span<const ProcessSample> processes, std::span<const ProcessId> targets) {
  std::map<pid_t, pid_t> parents;
  for (const ProcessSample& process : processes) parents.emplace(process.id.pid, process.ppid);
  std::set<pid_t> untouchable;
  for (pid_t pid = ::getpid(); pid > 1 && untouchable.insert(pid).second;) {
    const auto found = parents.find(pid);
    if (found == parents.end()) break;
    pid = found->second;
  }
  for (const ProcessId& id : targets) {
    if (id.pid == 1) return fail("refusing to act on process 1: it is the init of this system", ErrorKind::denied);
    if (untouchable.contains(id.pid)) {
      return fail(fmt::format("refusing to act on process {}: it is vigie itself or one of its ancestors", id.pid),
                  ErrorKind::denied);
    }
  }
  return {};
}

}  // namespace vigie::control
