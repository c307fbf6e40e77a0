// Repeated looks at what the threads of some processes are doing: the raw material of every waiting rule.
#pragma once

#include <cstdint>
#include <map>
#include <span>

#include "base/fd.hpp"
#include "base/root.hpp"
#include "model/snapshot.hpp"

namespace vigie::proc {

/// Counts states over looks. Counters are cumulative from the first look at a process on, so that the difference of two
/// snapshots is a window. A process whose pid was reused is a new one.
class StateSampler {
 public:
  explicit StateSampler(const Root& root) : root_(root) {}

  /// One look at each of `processes`: /proc/PID/stat, with several threads also /proc/PID/task/*/stat, and when all
  /// are asleep /proc/PID/wchan or /proc/PID/syscall. Vanished processes are skipped.
  void look(std::span<const ProcessId> processes);

  /// Drops the counts of processes that `snapshot` no longer has.
  void forget_ended(const Snapshot& snapshot);

  [[nodiscard]] const std::map<ProcessId, StateCounts>& counts() const { return counts_; }

 private:
  const Root& root_;
  std::map<ProcessId, StateCounts> counts_;
};

}  // namespace vigie::proc
