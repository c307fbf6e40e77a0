// GPU memory that is still taken for processes which should have given it back: only their end, or the driver's, frees
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

/// What one process has of one GPU.
struct GpuHold {
  std::string gpu;   ///< as `vigie gpu` counts: "0", "amd 0"
  std::string uuid;  ///< empty where the driver has none
  pid_t pid = 0;
  bool gone = false;  ///< the process has ended, and the driver counts it all the same
  Reading<std::uint64_t> memory_bytes = {};
};

struct GpuMemoryLeft {
  std::vector<GpuHold> holds;
  std::string unknown;  ///< why the driver could not tell; empty when it did, or when nobody was on a GPU
};

/// Remembers who may be on a GPU, while they are alive. No driver is asked for that: whoever has a GPU's device open,
/// and a run that was promised GPUs.
class GpuLeftovers {
 public:
  /// `open` has the open files of the target's processes.
  GpuLeftovers(const Result<Frame>& open, const std::vector<ProcessId>& tree, bool promised);

  /// Somebody of the target who was not there in the beginning.
  void add(pid_t pid) { pids_.insert(pid); }

  /// What the drivers say now, and again for two seconds while they count a process that is gone: giving memory back
  /// takes a moment. `alive`: who of the target is left. A driver that does not answer is waited for 1.5 s.
  [[nodiscard]] GpuMemoryLeft now(const std::set<pid_t>& alive) const;

 private:
  std::set<pid_t> pids_;
  bool on_gpu_ = false;
};

}  // namespace vigie::act
