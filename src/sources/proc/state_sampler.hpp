// Repeated looks at what the threads of some processes are doing: the raw material of every waiting rule.
#pragma once

#include <cstdint>
#include <map>
#include <span>

#include "base/fd.hpp"
#include "base/root.hpp"
#include "model/task.hpp"

namespace vigie::proc {

/// Counts states over looks. Counters are cumulative from the first look at a process on, so that the difference of two
/// snapshots is a window. A process whose pid was reused is a new one.
class StateSampler {
 public:
  explicit StateSampler(const Root& root) : root_(root) {}

  /// One look at each of `processes`: /proc/PID/stat, and when its main thread is not running also
  /// /proc/PID/task/*/stat and /proc/PID/wchan. Vanished processes are skipped.
  void look(std::span<const ProcessId> processes);

  [[nodiscard]] const std::map<ProcessId, StateCounts>& counts() const { return counts_; }

 private:
  const Root& root_;
  std::map<ProcessId, StateCounts> counts_;
};

}  // namespace vigie::proc
