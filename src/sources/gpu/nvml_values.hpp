// NVML's numbers as vigie's: one that stands for no value is absent.
#pragma once

#include <cstdint>

#include "model/gpu.hpp"
#include "sources/gpu/nvml_abi.hpp"

namespace vigie::gpu::nvml {

/// Why a value is absent when the call for it failed with this error.
[[nodiscard]] Presence presence_of(Return error);

/// The set of Throttle that NVML's set of reasons is.
[[nodiscard]] std::uint8_t throttle_of(unsigned long long reasons);

/// A field's value as a counter; absent when it is of another kind or negative.
[[nodiscard]] Reading<std::uint64_t> counter_of(const FieldValue& field);

/// nvmlDeviceGpuRecoveryAction_t; a number that is not known yet means that something is to be done, but not what.
[[nodiscard]] Reading<GpuRecovery> recovery_of(const Reading<std::uint64_t>& action);

/// Boards, and drivers under Windows, give 0 for a temperature that they do not measure: no chip at work has it.
template <class Number>
[[nodiscard]] Reading<double> temperature_of(const Reading<Number>& celsius) {
  constexpr Number beyond = 200;
  if (!celsius) return celsius.presence();
  if (*celsius == 0 || *celsius >= beyond) return Presence::unsupported;
  return static_cast<double>(*celsius);
}

/// A limit of power, in watts; some tell 0 for none.
[[nodiscard]] Reading<double> limit_of(const Reading<unsigned>& milliwatts);

/// A part of nvmlDeviceGetUtilizationRates. More than 100 is garbage, but for the number that says: not available.
[[nodiscard]] Reading<double> percent_of(unsigned value);

/// What the errors of calls about a device say of it; the worst of them counts.
class Answers {
 public:
  void note(Return result);

  [[nodiscard]] Return worst() const { return worst_; }
  /// "working" when some call was answered, unless one said that the device is lost or needs a reset.
  [[nodiscard]] GpuState state() const;

 private:
  bool some_ = false;
  Return worst_ = success;
};

/// What an error of a device's handle says of it.
[[nodiscard]] GpuState state_of(Return error);

}  // namespace vigie::gpu::nvml
