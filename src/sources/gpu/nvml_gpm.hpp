// GPM: what the hardware counts of its own work, on Hopper and later, without privilege.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "model/gpu.hpp"
#include "sources/gpu/nvml_library.hpp"

namespace vigie::gpu::nvml {

/// Two samples of one device or MIG instance, taken in turn: what happened between them.
class GpmPair {
 public:
  GpmPair(const Functions& functions, Device device, std::optional<unsigned> instance);
  GpmPair(GpmPair&& other) noexcept;
  GpmPair& operator=(GpmPair&&) = delete;
  GpmPair(const GpmPair&) = delete;
  GpmPair& operator=(const GpmPair&) = delete;
  ~GpmPair();

  /// Takes a sample and fills the GPU's gpm values from this one and the one before. Within 100 ms of the one before,
  /// which is too short for the hardware, the values of last time stand.
  void sample(GpuSample& gpu);

 private:
  [[nodiscard]] Return take(GpmSample into) const;
  void fill(GpuSample& gpu) const;

  const Functions* functions_;
  Device device_;
  std::optional<unsigned> instance_;
  GpmSample older_ = nullptr, newer_ = nullptr;
  std::chrono::steady_clock::time_point taken_;
  bool have_older_ = false;
  GpuSample last_;  ///< values of last time
};

/// Whether the device has GPM at all.
[[nodiscard]] bool has_gpm(const Functions& functions, Device device);

}  // namespace vigie::gpu::nvml
