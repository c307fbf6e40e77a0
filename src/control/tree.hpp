// Acting on a whole tree of processes that may grow while it is acted on.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/snapshot.hpp"
#include "model/task.hpp"

namespace vigie::control {

/// Names the processes of the tree as they are now; called again for every sweep.
using Lister = std::function<std::vector<ProcessId>()>;

/// What became of one process.
struct Outcome {
  ProcessId id;
  std::string result;  ///< "signalled", "gone", or an error's text
  bool failed = false;
};

/// All descendants of `root` in one scan, parents before children; `root` itself is not among them.
[[nodiscard]] std::vector<ProcessId> descendants(std::span<const ProcessSample> processes, pid_t root);

/// Sends `signal` to each, in order. Processes that are gone are reported, not failures.
std::vector<Outcome> signal_each(std::span<const ProcessId> targets, int signal);

/// Signals every process of the tree and sweeps again for those that appeared meanwhile, until a sweep finds no new one
/// (at most 50 sweeps).
std::vector<Outcome> signal_tree(const Lister& list, int signal);

/// SIGKILL until the tree is empty: each sweep first stops everything, so that nothing can fork away, then kills.
/// Returns what is still there after `timeout_seconds` (processes stuck in the kernel, or not ours to kill).
std::vector<ProcessId> kill_tree(const Lister& list, double timeout_seconds);

/// Refuses pid 1, vigie itself and its own ancestors: kind denied, with the reason.
Result<void> refuse_unsafe(std::span<const ProcessSample> processes, std::span<const ProcessId> targets);

}  // namespace vigie::control
