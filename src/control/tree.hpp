// Acting on a whole tree of processes that may grow while it is acted on.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "control/family.hpp"
#include "model/snapshot.hpp"
#include "model/task.hpp"

namespace vigie::control {

/// Names the processes of the tree as they are now; called again for every sweep.
using Lister = std::function<Tree()>;

/// What became of one process.
struct Outcome {
  ProcessId id;
  std::string result;  ///< "signalled", "gone", or an error's text
  bool failed = false;
  bool denied = false;  ///< failed for lack of permission
};

/// Sends `signal` to each, in order. Processes that are gone are reported, not failures.
std::vector<Outcome> signal_each(std::span<const ProcessId> targets, int signal);

/// Signals every process of the tree and sweeps again for those that appeared meanwhile, until a sweep finds no new one
/// (at most 50 sweeps). Each gets the signal once.
std::vector<Outcome> signal_tree(const Lister& list, int signal);

/// SIGSTOP as signal_tree() sends it; then waits until none of them runs: a process heeds the signal when it is next
/// scheduled. One that has not stopped after `timeout_seconds` sleeps in the kernel, or gets no CPU: its result says
/// so.
std::vector<Outcome> stop_tree(const Lister& list, double timeout_seconds);

/// What a kill came to.
struct Killed {
  std::vector<ProcessId> killed;  ///< all that were signalled, the first 1000
  std::vector<ProcessId> left;    ///< still there: stuck in the kernel, or not ours to kill
};

/// SIGKILL until the tree is empty or `timeout_seconds` have passed. Each sweep first stops everything, so that nothing
/// can fork away or start anew what was killed, then kills; whole process groups at once where they are its own.
/// `strike`, where there is something quicker (a control group), is called before every sweep.
Killed kill_tree(const Lister& list, double timeout_seconds, const std::function<void()>& strike = {});

/// SIGKILL to the children that `parent` has at this moment, read from its list in /proc, again and again until it has
/// none but `spared` and keepers of other runs, at most `rounds` times. A process that forks and exits faster than all
/// of /proc can be read – each time as the child of another process – is adopted by the holder of its run, and caught
/// here. `job` is none of those keepers, whatever it looks like: it may have been stopped before it was its program.
void kill_children(pid_t parent, std::span<const pid_t> spared, int rounds, pid_t job = 0);

/// Refuses pid 1, vigie itself and its own ancestors: kind denied, with the reason.
Result<void> refuse_unsafe(std::span<const ProcessSample> processes, std::span<const ProcessId> targets);

}  // namespace vigie::control
