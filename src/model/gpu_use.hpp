// The use of GPUs: processes and runs on the GPUs of a frame.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "model/frame.hpp"

namespace vigie {

/// What processes take of the GPUs, all of them together.
struct GpuUse {
  Reading<std::uint64_t> memory_bytes;
  Reading<double> busy_percent;   ///< 100 is one GPU
  std::vector<std::size_t> gpus;  ///< indices into the snapshot's GPUs, ascending
};

/// Of these processes; absent when the GPUs were not read, and 0 when none of them is on one.
[[nodiscard]] GpuUse gpu_use_of(const Frame& frame, std::span<const pid_t> pids);

/// Of a run's whole tree. Its GPUs are also those that it was promised.
[[nodiscard]] GpuUse gpu_use_of(const Frame& frame, const Run& run);

/// "0-3,6"; those of AMD and Intel with their vendor: "amd0". Empty for none.
[[nodiscard]] std::string gpu_numbers(const Frame& frame, const std::vector<std::size_t>& gpus);

/// Whether there is a GPU in the frame.
[[nodiscard]] bool has_gpus(const Frame& frame);

}  // namespace vigie
