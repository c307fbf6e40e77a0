#include "sources/gpu/nvml_device.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "base/file.hpp"
#include "model/xid.hpp"

namespace vigie::gpu::nvml {
namespace {

constexpr unsigned rare = 10;  ///< slow items are asked for at every so many looks

/// A text that the library wrote into a buffer; whether it ended it or not.
template <std::size_t size>
std::string text_of(const std::array<char, size>& buffer) {
  return {buffer.data(), ::strnlen(buffer.data(), size)};
}

template <class Function>
std::string ask_text(Function function, Device device) {
  std::array<char, 128> buffer{};
  if (call(function, device, buffer.data(), static_cast<unsigned>(buffer.size())) != success) return {};
  return text_of(buffer);
}

/// "0000:18:00.0", as sysfs names it: NVML writes the domain with eight digits.
std::string pci_address(const Functions& functions, Device device) {
  PciInfo info{};
  if (call(functions.nvmlDeviceGetPciInfo_v3, device, &info) != success) return {};
  return fmt::format("{:04x}:{:02x}:{:02x}.0", info.domain, info.bus & 0xffU, info.device & 0x1fU);
}

bool is_asleep(const Root& root, const std::string& pci) {
  std::string state;
  if (root.sys() < 0 || pci.empty()) return false;
  if (read_file(root.sys(), ("bus/pci/devices/" + pci + "/power/runtime_status").c_str(), state) != 0) return false;
  return state.starts_with("suspended");
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

/// A field's value as a counter; nothing when it is of another kind or negative.
Reading<std::uint64_t> counter_of(const FieldValue& field) {
  if (field.result == not_supported || field.result == invalid_argument) return Presence::unsupported;
  if (field.result != success) return Presence::unknown;
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

/// nvmlDeviceGpuRecoveryAction_t; a number that is not known yet is something to do, and not known what.
Reading<GpuRecovery> recovery_of(const Reading<std::uint64_t>& action) {
  if (!action) return action.presence();
  if (*action > static_cast<std::uint64_t>(GpuRecovery::drain_and_reset)) return Presence::unknown;
  return static_cast<GpuRecovery>(*action);
}

}  // namespace

NvmlDevice::NvmlDevice(const Functions& functions, unsigned index, const std::string& driver) : functions_(functions) {
  who_.index = index;
  who_.driver = driver;
  if (call(functions.nvmlDeviceGetHandleByIndex_v2, index, &device_) != success || device_ == nullptr) {
    lost_ = true;
    return;
  }
  who_.uuid = ask_text(functions.nvmlDeviceGetUUID, device_);
  who_.name = ask_text(functions.nvmlDeviceGetName, device_);
  who_.pci = pci_address(functions, device_);
  clients_.emplace(functions, device_, wrong_process_structs(driver));
  if (has_gpm(functions, device_)) gpm_.emplace(functions, device_, std::nullopt);
}

Presence NvmlDevice::absent(Item item, Return result) {
  switch (result) {
    case not_supported:
    case function_not_found:
    case argument_version_mismatch: unsupported_.set(item); return Presence::unsupported;
    case no_permission: return Presence::denied;
    case gpu_is_lost: lost_ = true; return Presence::unknown;
    default: return Presence::unknown;
  }
}

template <class T, class Function, class... Arguments>
Reading<T> NvmlDevice::ask(Item item, Function function, Arguments... arguments) {
  if (unsupported_.test(item)) return Presence::unsupported;
  if (lost_) return Presence::unknown;
  T value{};
  const Return result = call(function, device_, arguments..., &value);
  return result == success ? Reading<T>(value) : Reading<T>(absent(item, result));
}

template <class Function, class... Arguments>
Reading<double> NvmlDevice::ask_scaled(Item item, double scale, Function function, Arguments... arguments) {
  const Reading<unsigned> value = ask<unsigned>(item, function, arguments...);
  return value ? Reading<double>(*value * scale) : Reading<double>(value.presence());
}

void NvmlDevice::add_memory(GpuSample& gpu) {
  MemoryV2 memory{.version = struct_version<MemoryV2>(2), .total = 0, .reserved = 0, .free = 0, .used = 0};
  Return result = not_supported;
  if (!unsupported_.test(memory_v2)) {
    result = call(functions_.nvmlDeviceGetMemoryInfo_v2, device_, &memory);
    if (result != success) gpu.memory_total_bytes = absent(memory_v2, result);
  }
  if (result == success) {
    gpu.memory_reserved_bytes = memory.reserved;
  } else {
    const Reading<Memory> old = ask<Memory>(memory_v1, functions_.nvmlDeviceGetMemoryInfo);
    gpu.memory_reserved_bytes = Presence::unsupported;
    if (!old) {
      gpu.memory_total_bytes = gpu.memory_used_bytes = old.presence();
      return;
    }
    memory.total = old->total;
    memory.used = old->used;
  }
  // Nothing of its own: memory is shared with the host (Grace, Jetson).
  if (memory.total == 0 || memory.used > memory.total) {
    const Presence why = memory.total == 0 ? Presence::unsupported : Presence::unknown;
    gpu.memory_total_bytes = gpu.memory_used_bytes = gpu.memory_reserved_bytes = why;
    return;
  }
  gpu.memory_total_bytes = memory.total;
  gpu.memory_used_bytes = memory.used;
}

void NvmlDevice::add_often(GpuSample& gpu) {
  const Functions& nvml = functions_;
  const Reading<Utilization> use = ask<Utilization>(utilisation, nvml.nvmlDeviceGetUtilizationRates);
  const auto percent = [&](unsigned Utilization::* part) -> Reading<double> {
    if (!use) return use.presence();
    const unsigned value = (*use).*part;
    return value <= 100 ? Reading<double>(value) : Reading<double>(Presence::unknown);
  };
  gpu.busy_percent = percent(&Utilization::gpu);
  gpu.memory_busy_percent = percent(&Utilization::memory);
  gpu.power_watts = ask_scaled(power, 1e-3, nvml.nvmlDeviceGetPowerUsage);
  const auto joules = ask<unsigned long long>(energy, nvml.nvmlDeviceGetTotalEnergyConsumption);
  gpu.energy_joules = joules ? Reading<double>(static_cast<double>(*joules) * 1e-3) : joules.presence();
  gpu.temperature_celsius = ask_scaled(temperature, 1, nvml.nvmlDeviceGetTemperature, 0);
  constexpr double mega = 1e6;
  gpu.sm_clock_hertz = ask_scaled(clock_sm_now, mega, nvml.nvmlDeviceGetClockInfo, clock_sm);
  gpu.memory_clock_hertz = ask_scaled(clock_memory_now, mega, nvml.nvmlDeviceGetClockInfo, clock_memory);
  auto why = ask<unsigned long long>(reasons, nvml.nvmlDeviceGetCurrentClocksEventReasons);
  if (!why) why = ask<unsigned long long>(old_reasons, nvml.nvmlDeviceGetCurrentClocksThrottleReasons);
  gpu.throttle = why ? Reading<std::uint8_t>(throttle_of(*why)) : why.presence();
}

void NvmlDevice::add_rarely(GpuSample& gpu) {
  const Functions& nvml = functions_;
  if (looks_ % rare == 0) {
    constexpr double mega = 1e6;
    constexpr int since_the_driver_was_loaded = 0;
    rare_.power_limit_watts = ask_scaled(power_limit, 1e-3, nvml.nvmlDeviceGetEnforcedPowerLimit);
    rare_.slowdown_celsius = ask_scaled(slowdown, 1, nvml.nvmlDeviceGetTemperatureThreshold, threshold_slowdown);
    rare_.fan_percent = ask_scaled(fan, 1, nvml.nvmlDeviceGetFanSpeed);
    rare_.sm_clock_max_hertz = ask_scaled(clock_sm_most, mega, nvml.nvmlDeviceGetMaxClockInfo, clock_sm);
    rare_.memory_clock_max_hertz = ask_scaled(clock_memory_most, mega, nvml.nvmlDeviceGetMaxClockInfo, clock_memory);
    rare_.pcie_generation = ask<unsigned>(pcie_generation, nvml.nvmlDeviceGetCurrPcieLinkGeneration);
    rare_.pcie_width = ask<unsigned>(pcie_width, nvml.nvmlDeviceGetCurrPcieLinkWidth);
    rare_.pcie_generation_max = ask<unsigned>(pcie_generation_most, nvml.nvmlDeviceGetMaxPcieLinkGeneration);
    rare_.pcie_width_max = ask<unsigned>(pcie_width_most, nvml.nvmlDeviceGetMaxPcieLinkWidth);
    const auto errors = [&](Item item, MemoryError type) -> Reading<std::uint64_t> {
      const auto count =
          ask<unsigned long long>(item, nvml.nvmlDeviceGetTotalEccErrors, type, since_the_driver_was_loaded);
      return count ? Reading<std::uint64_t>(*count) : count.presence();
    };
    rare_.ecc_corrected = errors(ecc_corrected, error_corrected);
    rare_.ecc_uncorrected = errors(ecc_uncorrected, error_uncorrected);
    add_remapped(rare_);
    unsigned pending = 0;
    rare_.mig = Presence::unsupported;
    unsigned current = 0;
    const Return result = call(nvml.nvmlDeviceGetMigMode, device_, &current, &pending);
    if (result == success) rare_.mig = current == 1;
    instances_.clear();
    if (rare_.mig.value_or(false)) find_instances();
  }
  gpu.power_limit_watts = rare_.power_limit_watts;
  gpu.slowdown_celsius = rare_.slowdown_celsius;
  gpu.fan_percent = rare_.fan_percent;
  gpu.sm_clock_max_hertz = rare_.sm_clock_max_hertz;
  gpu.memory_clock_max_hertz = rare_.memory_clock_max_hertz;
  gpu.pcie_generation = rare_.pcie_generation;
  gpu.pcie_width = rare_.pcie_width;
  gpu.pcie_generation_max = rare_.pcie_generation_max;
  gpu.pcie_width_max = rare_.pcie_width_max;
  gpu.ecc_corrected = rare_.ecc_corrected;
  gpu.ecc_uncorrected = rare_.ecc_uncorrected;
  gpu.remapped_rows = rare_.remapped_rows;
  gpu.remap_pending = rare_.remap_pending;
  gpu.remap_failed = rare_.remap_failed;
  gpu.mig = rare_.mig;
}

void NvmlDevice::add_remapped(GpuSample& gpu) {
  if (unsupported_.test(remapped)) return;  // as it was left
  unsigned corrected = 0, uncorrected = 0, pending = 0, failed = 0;
  const Return result =
      call(functions_.nvmlDeviceGetRemappedRows, device_, &corrected, &uncorrected, &pending, &failed);
  if (result != success) {
    const Presence why = absent(remapped, result);
    gpu.remapped_rows = why;
    gpu.remap_pending = gpu.remap_failed = why;
    return;
  }
  gpu.remapped_rows = std::uint64_t{corrected} + uncorrected;
  gpu.remap_pending = pending != 0;
  gpu.remap_failed = failed != 0;
}

/// One call for all: each field says for itself whether it is there.
void NvmlDevice::add_fields(GpuSample& gpu) {
  const auto field = [](unsigned id, unsigned scope = 0) {
    FieldValue value{};
    value.field = id;
    value.scope = scope;
    value.result = not_supported;
    return value;
  };
  std::array fields = {field(field_power_violation_ns),
                       field(field_thermal_violation_ns),
                       field(field_memory_temperature),
                       field(field_pcie_sent_bytes),
                       field(field_pcie_received_bytes),
                       field(field_nvlink_sent_kib, all_links),
                       field(field_nvlink_received_kib, all_links),
                       field(field_nvlink5_sent_bytes, all_links),
                       field(field_nvlink5_received_bytes, all_links),
                       field(field_recovery_action)};
  const Return result =
      call(functions_.nvmlDeviceGetFieldValues, device_, static_cast<int>(fields.size()), fields.data());
  if (result != success) {
    for (FieldValue& one : fields) one.result = result == function_not_found ? not_supported : result;
  }
  if (result == gpu_is_lost) lost_ = true;
  gpu.throttle_power_ns = counter_of(fields[0]);
  gpu.throttle_thermal_ns = counter_of(fields[1]);
  const Reading<std::uint64_t> memory = counter_of(fields[2]);
  // 0 is how some boards say that they do not measure it.
  const bool measured = memory.value_or(0) > 0 && *memory < 200;
  gpu.memory_temperature_celsius = measured ? Reading<double>(static_cast<double>(*memory))
                                   : memory ? Reading<double>(Presence::unsupported)
                                            : Reading<double>(memory.presence());
  gpu.pcie_sent_bytes = counter_of(fields[3]);
  gpu.pcie_received_bytes = counter_of(fields[4]);
  const auto link = [](const FieldValue& kib, const FieldValue& bytes) -> Reading<std::uint64_t> {
    const Reading<std::uint64_t> exact = counter_of(bytes);
    if (exact) return exact;
    const Reading<std::uint64_t> coarse = counter_of(kib);
    return coarse ? Reading<std::uint64_t>(*coarse * 1024) : coarse;
  };
  gpu.nvlink_sent_bytes = link(fields[5], fields[7]);
  gpu.nvlink_received_bytes = link(fields[6], fields[8]);
  gpu.recovery = recovery_of(counter_of(fields[9]));
}

void NvmlDevice::find_instances() {
  unsigned count = 0;
  if (call(functions_.nvmlDeviceGetMaxMigDeviceCount, device_, &count) != success) return;
  for (unsigned at = 0; at < std::min(count, 64U); ++at) {
    Instance instance;
    if (call(functions_.nvmlDeviceGetMigDeviceHandleByIndex, device_, at, &instance.device) != success) continue;
    unsigned number = 0;
    if (call(functions_.nvmlDeviceGetGpuInstanceId, instance.device, &number) != success) continue;
    instance.told.number = static_cast<int>(number);
    instance.told.uuid = ask_text(functions_.nvmlDeviceGetUUID, instance.device);
    instance.told.name = ask_text(functions_.nvmlDeviceGetName, instance.device);
    if (gpm_) instance.gpm.emplace(functions_, device_, number);
    instances_.push_back(std::move(instance));
  }
}

void NvmlDevice::add_mig(GpuSample& gpu) {
  for (Instance& instance : instances_) {
    GpuInstance told = instance.told;
    MemoryV2 memory{.version = struct_version<MemoryV2>(2), .total = 0, .reserved = 0, .free = 0, .used = 0};
    const Return result = call(functions_.nvmlDeviceGetMemoryInfo_v2, instance.device, &memory);
    const bool good = result == success && memory.used <= memory.total;
    told.memory_total_bytes = good ? Reading<std::uint64_t>(memory.total) : Presence::unknown;
    told.memory_used_bytes = good ? Reading<std::uint64_t>(memory.used) : Presence::unknown;
    told.sm_active_percent = Presence::unsupported;
    if (instance.gpm) {
      GpuSample part;
      instance.gpm->sample(part);
      told.sm_active_percent = part.sm_active_percent;
    }
    gpu.instances.push_back(std::move(told));
  }
}

void NvmlDevice::note_xid(unsigned xid) {
  constexpr std::size_t most = 16;  // of a burst, the first ones say what happened
  if (xids_.size() < most && std::ranges::find(xids_, xid) == xids_.end()) xids_.push_back(xid);
}

void NvmlDevice::add_errors(GpuSample& gpu) const {
  gpu.xid = Presence::unknown;
  gpu.xids = Presence::unknown;
  if (xids_.empty()) return;
  gpu.xid = leading_xid(xids_);
  gpu.xids = xids_;
}

GpuSample NvmlDevice::sample(const Root& root, std::int64_t wall_us) {
  if (lost_ || is_asleep(root, who_.pci)) {
    GpuSample gpu = without_values(who_, lost_ ? Presence::unknown : Presence::not_read);
    gpu.state = lost_ ? GpuState::lost : GpuState::asleep;
    add_errors(gpu);
    return gpu;
  }
  GpuSample gpu = without_values(who_, Presence::unsupported);
  add_memory(gpu);
  if (!lost_) add_rarely(gpu);
  if (!lost_) add_often(gpu);
  if (!lost_) add_fields(gpu);
  if (!lost_ && gpm_) gpm_->sample(gpu);
  if (!lost_) add_mig(gpu);
  if (!lost_) gpu.clients = clients_->sample(wall_us, gpu.mig.value_or(false), lost_);
  add_errors(gpu);
  ++looks_;
  if (!lost_) return gpu;
  GpuSample gone = without_values(who_, Presence::unknown);
  gone.state = GpuState::lost;
  add_errors(gone);
  return gone;
}

}  // namespace vigie::gpu::nvml
