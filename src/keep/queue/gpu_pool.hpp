// The GPUs that waiting runs share out among themselves.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/fd.hpp"

namespace vigie::keep {

/// The driver's answer about them.
struct GpuPool {
  struct Gpu {
    std::string uuid;
    bool free = false;   ///< no process is on it
    unsigned index = 0;  ///< as nvidia-smi and vigie count
  };
  std::vector<Gpu> gpus;  ///< in the driver's order
  std::string problem;    ///< why they are not known; empty when they are
};

/// Asks NVIDIA's driver in a child process: a driver that hangs or crashes does so there, and the holder of a run never
/// has it in its memory. The child keeps the driver open until the asker is gone.
class GpuAsker {
 public:
  GpuAsker() = default;
  GpuAsker(const GpuAsker&) = delete;
  GpuAsker& operator=(const GpuAsker&) = delete;
  ~GpuAsker();

  /// The answer, after at most some seconds. A child that did not answer is killed; while it cannot die (in the
  /// kernel's part of the driver) there is no other.
  [[nodiscard]] GpuPool ask();

 private:
  bool start();
  void end();

  Fd socket_;
  pid_t child_ = 0;  ///< also one that was killed and is not reaped yet
};

}  // namespace vigie::keep
