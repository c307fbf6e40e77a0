// GPU memory that is still taken for processes that should have given it back: only their end, or the driver's, frees
// it.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "act/target.hpp"
#include "model/frame.hpp"
#include "model/reading.hpp"

namespace vigie::act {

/// The memory of one process on one GPU.
struct GpuHold {
  std::string gpu;   ///< as `vigie gpu` counts: "0", "amd 0"
  std::string uuid;  ///< empty where the driver has none
  pid_t pid = 0;
  bool gone = false;  ///< the process has ended, and the driver counts it all the same
  Reading<std::uint64_t> memory_bytes = {};
};

struct GpuMemoryLeft {
  std::vector<GpuHold> holds;
  std::string unknown;  ///< why the driver could not tell; empty when it did, or when no process was on a GPU
};

/// Remembers the processes that may be on a GPU, while they are alive, without asking a driver: those that have a GPU's
/// device open, and those of a run that was promised GPUs.
class GpuLeftovers {
 public:
  /// `open` has the open files of the target's processes.
  GpuLeftovers(const Result<Frame>& open, const std::vector<ProcessId>& tree, bool promised);

  /// Adds a process of the target that was not there in the beginning.
  void add(pid_t pid) { pids_.insert(pid); }

  /// What the drivers say now, and again for two seconds while they count a process that is gone: giving memory back
  /// takes a moment. `alive`: the target's processes that are left. A driver that does not answer is waited for 1.5 s.
  [[nodiscard]] GpuMemoryLeft now(const std::set<pid_t>& alive) const;

 private:
  std::set<pid_t> pids_;
  bool on_gpu_ = false;
};

}  // namespace vigie::act
