// What the rules know of the GPUs that a run is on, over the window.
#pragma once

#include <cstdint>
#include <vector>

#include "rules/case.hpp"

namespace vigie::rules {

/// One GPU, on average over the frames of the window. A value that no frame had is absent.
struct GpuFacts {
  const GpuSample* gpu = nullptr;  ///< the newest sample
  Reading<double> busy_percent = {}, least_busy_percent = {}, most_busy_percent = {};
  Reading<double> sm_active_percent = {}, most_sm_active_percent = {};         ///< where the hardware counts it
  Reading<double> memory_busy_percent = {};                                    ///< time with reads or writes
  Reading<double> power_percent = {}, most_power_percent = {};                 ///< of its limit
  Reading<double> clock_percent = {};                                          ///< SM clock, of its maximum
  Reading<double> received_bytes_per_second = {}, sent_bytes_per_second = {};  ///< over PCIe, by the GPU
  Reading<double> nvlink_bytes_per_second = {};                                ///< both ways
  std::uint8_t throttle = 0;                                                   ///< every reason that was seen
  double capped = 0;  ///< part of the frames in which the power limit held the clocks down
  double slowed = 0;  ///< part of the frames in which anything else did: heat, the hardware, the power supply
};

/// Those that processes of the run are on or that it was promised; of the host: all. A lost or sleeping GPU counts;
/// values that the driver gave long ago do not.
[[nodiscard]] std::vector<GpuFacts> gpus_of(const Case& run);

/// Whether a GPU of the run has work all the time: then it waits for no data, whatever its threads do.
[[nodiscard]] bool keeps_a_gpu_busy(const Case& run);

}  // namespace vigie::rules
