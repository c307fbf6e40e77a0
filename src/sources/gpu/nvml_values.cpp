#include "sources/gpu/nvml_values.hpp"

namespace vigie::gpu::nvml {
namespace {

/// Errors that say nothing of the device: it lacks something, or has nothing to tell.
bool is_harmless(Return result) {
  switch (result) {
    case invalid_argument:
    case not_supported:
    case not_found:
    case insufficient_size:
    case function_not_found:
    case no_data:
    case argument_version_mismatch: return true;
    default: return false;
  }
}

/// The more an error explains the others, the higher.
int rank(Return error) {
  switch (error) {
    case success: return 0;
    case no_permission: return 2;
    case insufficient_power: return 3;
    case reset_required: return 4;
    case gpu_is_lost: return 5;
    default: return 1;
  }
}

}  // namespace

Presence presence_of(Return error) {
  switch (error) {
    case success: return Presence::known;
    case no_permission: return Presence::denied;
    case not_supported:
    case function_not_found:
    case argument_version_mismatch: return Presence::unsupported;
    default: return Presence::unknown;
  }
}

std::uint8_t throttle_of(unsigned long long reasons) {
  struct Pair {
    unsigned long long theirs;
    Throttle ours;
  };
  std::uint8_t set = 0;
  for (const Pair& one : {Pair{reason_power_cap, Throttle::power_cap}, Pair{reason_hardware, Throttle::hardware},
                          Pair{reason_thermal, Throttle::thermal}, Pair{reason_hot_hardware, Throttle::hot_hardware},
                          Pair{reason_power_brake, Throttle::power_brake}}) {
    if ((reasons & one.theirs) != 0) set |= static_cast<std::uint8_t>(one.ours);
  }
  return set;
}

Reading<std::uint64_t> counter_of(const FieldValue& field) {
  if (field.result == invalid_argument) return Presence::unsupported;  // a field that this driver does not know
  if (field.result != success) return presence_of(static_cast<Return>(field.result));
  switch (field.type) {
    case type_uint: return std::uint64_t{field.value.as_uint};
    case type_ulong: return std::uint64_t{field.value.as_ulong};
    case type_ulonglong: return std::uint64_t{field.value.as_ulonglong};
    case type_longlong:
      if (field.value.as_longlong >= 0) return static_cast<std::uint64_t>(field.value.as_longlong);
      return Presence::unknown;
    case type_int:
      if (field.value.as_int >= 0) return static_cast<std::uint64_t>(field.value.as_int);
      return Presence::unknown;
    default: return Presence::unknown;
  }
}

Reading<GpuRecovery> recovery_of(const Reading<std::uint64_t>& action) {
  if (!action) return action.presence();
  if (*action > static_cast<std::uint64_t>(GpuRecovery::drain_and_reset)) return Presence::unknown;
  return static_cast<GpuRecovery>(*action);
}

Reading<double> limit_of(const Reading<unsigned>& milliwatts) {
  if (!milliwatts) return milliwatts.presence();
  if (*milliwatts == ~0U) return Presence::unknown;  // NVML_VALUE_NOT_AVAILABLE
  return *milliwatts > 0 ? Reading<double>(*milliwatts * 1e-3) : Reading<double>(Presence::unsupported);
}

Reading<double> percent_of(unsigned value) {
  constexpr unsigned told_by_nobody = ~0U;  // NVML_VALUE_NOT_AVAILABLE
  if (value == told_by_nobody) return Presence::unsupported;
  return value <= 100 ? Reading<double>(value) : Reading<double>(Presence::unknown);
}

GpuState state_of(Return error) {
  switch (error) {
    case no_permission: return GpuState::denied;
    case insufficient_power: return GpuState::unpowered;
    case reset_required: return GpuState::needs_reset;
    case gpu_is_lost: return GpuState::lost;
    default: return GpuState::unopened;
  }
}

void Answers::note(Return result) {
  if (result == success) some_ = true;
  if (result == success || is_harmless(result)) return;
  if (rank(result) > rank(worst_)) worst_ = result;
}

GpuState Answers::state() const {
  if (worst_ == gpu_is_lost || worst_ == reset_required) return state_of(worst_);
  return some_ || worst_ == success ? GpuState::working : state_of(worst_);
}

}  // namespace vigie::gpu::nvml
