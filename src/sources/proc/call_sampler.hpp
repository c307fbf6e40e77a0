// Repeated looks at the system calls that the threads of some processes are in. Harmless: nothing is stopped.
#pragma once

#include <map>
#include <optional>
#include <span>

#include "base/root.hpp"
#include "model/call.hpp"
#include "model/detail.hpp"
#include "model/task.hpp"

namespace vigie {
struct Snapshot;
}

namespace vigie::proc {

/// Counters are cumulative from the first look at a process on, so that the difference of two snapshots is a window.
class CallSampler {
 public:
  explicit CallSampler(const Root& root) : root_(root) {}

  /// One look at every thread of each of `processes`: /proc/PID/task/TID/stat, syscall, and where that may not be read
  /// wchan; the file of a descriptor from /proc/PID/fd. syscall and wchan take the right to ptrace (ptrace(2),
  /// PTRACE_MODE_ATTACH_FSCREDS). Vanished processes and zombies are skipped.
  void look(std::span<const ProcessId> processes);

  /// Drops the counts of processes that `snapshot` no longer has.
  void forget_ended(const Snapshot& snapshot);

  [[nodiscard]] const std::map<ProcessId, CallCounts>& counts() const { return counts_; }

 private:
  const Root& root_;
  std::map<ProcessId, CallCounts> counts_;
};

/// What the main thread of a process does now; nothing when the process is gone or a zombie. Rights as above.
[[nodiscard]] std::optional<CallKey> look_at_main_thread(const Root& root, const ProcessId& process);
/// The same of a process of this host, in words: "slept in futex"; empty when it cannot be told.
[[nodiscard]] std::string what_main_thread_does(const ProcessId& process);

/// What a process is doing now; `process_dir` is its directory. Where its calls may not be read the kernel functions
/// stand for them.
[[nodiscard]] Reading<Doing> read_doing(int process_dir, pid_t pid);

}  // namespace vigie::proc
