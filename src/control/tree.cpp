#include "control/tree.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "control/process.hpp"

namespace vigie::control {
namespace {

constexpr int most_sweeps = 50;

/// Waits for the first of them to end rather than for time to pass; an unkillable one costs the whole `seconds`.
void wait_for_first_end(std::span<const ProcessId> targets, double seconds) {
  for (const ProcessId& id : targets) {
    if (const Result<Fd> pidfd = open_process(id)) {
      (void)wait_for_end(*pidfd, seconds);
      return;
    }
  }
}

}  // namespace

std::vector<ProcessId> descendants(std::span<const ProcessSample> processes, pid_t root) {
  std::multimap<pid_t, ProcessId> children;
  for (const ProcessSample& process : processes) children.emplace(process.ppid, process.id);
  std::vector<ProcessId> found;
  const auto add_children = [&](pid_t parent) {
    const auto [begin, end] = children.equal_range(parent);
    for (auto child = begin; child != end; ++child) found.push_back(child->second);
  };
  add_children(root);
  for (std::size_t next = 0; next < found.size() && found.size() <= processes.size(); ++next) {
    add_children(found[next].pid);
  }
  return found;
}

std::vector<Outcome> signal_each(std::span<const ProcessId> targets, int signal) {
  std::vector<Outcome> outcomes;
  for (const ProcessId& id : targets) {
    const Result<void> sent = send_signal(id, signal);
    if (sent) {
      outcomes.push_back({id, "signalled"});
    } else if (sent.error().kind == ErrorKind::no_target) {
      outcomes.push_back({id, "gone"});
    } else {
      outcomes.push_back({id, sent.error().message, true});
    }
  }
  return outcomes;
}

std::vector<Outcome> signal_tree(const Lister& list, int signal) {
  std::vector<Outcome> outcomes;
  std::set<ProcessId> done;
  for (int sweep = 0; sweep < most_sweeps; ++sweep) {
    std::vector<ProcessId> fresh = list();
    std::erase_if(fresh, [&](const ProcessId& id) { return !done.insert(id).second; });
    if (fresh.empty()) break;
    std::ranges::move(signal_each(fresh, signal), std::back_inserter(outcomes));
  }
  return outcomes;
}

std::vector<ProcessId> kill_tree(const Lister& list, double timeout_seconds) {
  const Instant begin = now();
  while (true) {
    const std::vector<ProcessId> alive = list();
    if (alive.empty()) return alive;
    const double left = timeout_seconds - seconds_between(begin, now());
    if (left <= 0) return alive;
    signal_tree(list, SIGSTOP);
    signal_tree(list, SIGKILL);
    wait_for_first_end(alive, std::min(left, 0.05));
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
