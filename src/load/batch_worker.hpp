// The loader workers of a simulated training: children that make batches and pass them on through pipes.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace vigie::load {

/// Worker processes; ended and waited for when this goes, and by the kernel when their parent is killed.
class BatchWorkers {
 public:
  BatchWorkers() = default;
  BatchWorkers(const BatchWorkers&) = delete;
  BatchWorkers& operator=(const BatchWorkers&) = delete;
  ~BatchWorkers();

  /// Forks: before this process has other threads. One of them, drawn by lot, makes the peaks: every few seconds it
  /// takes `peak_bytes` of memory, and computes.
  Result<void> start(unsigned count, std::uint64_t peak_bytes);

  /// Takes a batch from any worker that has one; false when there was none for a twentieth of a second. Workers that
  /// have ended are left out from then on.
  bool take();
  /// How many are not known to have ended.
  [[nodiscard]] std::size_t left() const { return workers_.size(); }

 private:
  struct Worker {
    pid_t pid = 0;
    Fd batches;
  };

  std::vector<Worker> workers_;
  std::size_t next_ = 0;  ///< whose turn it is
};

}  // namespace vigie::load
