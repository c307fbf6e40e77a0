// The errors of one GPU while vigie looks, which may be all day.
#pragma once

#include <vector>

#include "base/clock.hpp"
#include "model/gpu.hpp"

namespace vigie::gpu::nvml {

/// Errors come in bursts: the first of the highest kind explains the others (model/xid.hpp). A burst of programs'
/// errors is history after ten minutes, as the program is; an error of the hardware stays until the GPU has been reset.
class XidHistory {
 public:
  void note(unsigned xid, const Instant& when);
  /// The GPU begins anew.
  void forget() { *this = {}; }
  /// Sets xid and xids of the GPU, absent when there is none.
  void tell(GpuSample& gpu, const Instant& now);

 private:
  struct Burst {
    Instant last;
    std::vector<unsigned> numbers;  ///< each once, in the order in which they came
  };

  std::vector<unsigned> kept_;  ///< of bursts of long ago that the hardware led
  std::vector<Burst> bursts_;   ///< of the last ten minutes, ascending
};

}  // namespace vigie::gpu::nvml
