#include "sources/gpu/nvml_device.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/file.hpp"
#include "sources/gpu/host_memory.hpp"
#include "sources/gpu/nvml_values.hpp"

namespace vigie::gpu::nvml {
namespace {

constexpr unsigned rare = 10;  ///< slow items are asked for at every so many looks
/// Until a device that gave no handle, or an item that one did not support, is asked for again: a permission, a reset
/// or another mode may have come meanwhile.
constexpr double ask_again_seconds = 60;

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

}  // namespace

NvmlDevice::NvmlDevice(const Functions& functions, unsigned index, const std::string& driver) : functions_(functions) {
  who_.index = index;
  who_.driver = driver;
}

bool NvmlDevice::is_to_be_opened(const Instant& now) const {
  return device_ == nullptr && (!asked_ || seconds_between(*asked_, now) >= ask_again_seconds);
}

bool NvmlDevice::open(const Instant& now) {
  asked_ = now;
  Device device = nullptr;
  const Return result = call(functions_.nvmlDeviceGetHandleByIndex_v2, who_.index, &device);
  if (result != success || device == nullptr) {
    state_ = state_of(result);
    return false;
  }
  device_ = device;
  begin(now);
  return true;
}

/// Items that are asked once: of a device that was opened now, or that works again.
void NvmlDevice::begin(const Instant& now) {
  state_ = GpuState::working;
  unsupported_.reset();
  forgiven_ = now;
  identify({.pci = pci_address(functions_, device_),
            .name = ask_text(functions_.nvmlDeviceGetName, device_),
            .uuid = ask_text(functions_.nvmlDeviceGetUUID, device_)});
  clients_.emplace(functions_, device_, wrong_process_structs(who_.driver));
  gpm_.reset();
  if (has_gpm(functions_, device_)) gpm_.emplace(functions_, device_, std::nullopt);
  looks_ = 0;
}

void NvmlDevice::identify(const CardIdentity& told) {
  if (!told.pci.empty()) who_.pci = told.pci;
  if (!told.name.empty()) who_.name = told.name;
  if (!told.uuid.empty()) who_.uuid = told.uuid;
}

/// The device supports an item that it told once: when that is missing for a while, it is asked for again.
Presence NvmlDevice::absent(Item item, Return result) {
  answers_.note(result);
  const Presence why = presence_of(result);
  if (why == Presence::unsupported && !given_.test(item)) unsupported_.set(item);
  return why;
}

template <class T, class Function, class... Arguments>
Reading<T> NvmlDevice::ask(Item item, const Function& function, Arguments... arguments) {
  if (unsupported_.test(item)) return Presence::unsupported;
  if (is_gone()) return Presence::unknown;
  T value{};
  const Return result = call(function, device_, arguments..., &value);
  if (result != success) return absent(item, result);
  answers_.note(success);
  given_.set(item);
  return value;
}

template <class Function, class... Arguments>
Reading<double> NvmlDevice::ask_scaled(Item item, double scale, const Function& function, Arguments... arguments) {
  const Reading<unsigned> value = ask<unsigned>(item, function, arguments...);
  if (!value) return value.presence();
  constexpr unsigned none = ~0U;  // NVML_VALUE_NOT_AVAILABLE is -1
  return *value == none ? Reading<double>(Presence::unknown) : Reading<double>(*value * scale);
}

/// By the first version of the call; absent with the reason. Memory that is not supported, or none, is the host's: of a
/// processor with a GPU in it (Grace Blackwell, Jetson).
Reading<Memory> NvmlDevice::old_memory() {
  if (is_gone()) return Presence::unknown;
  Memory memory{};
  const Return result = call(functions_.nvmlDeviceGetMemoryInfo, device_, &memory);
  if (result == not_supported || (result == success && memory.total == 0)) shared_memory_ = true;
  if (result == success && memory.total == 0) return Presence::unsupported;
  if (result != success) return absent(memory_v1, result);
  answers_.note(success);
  return memory;
}

void NvmlDevice::add_memory(GpuSample& gpu) {
  MemoryV2 memory{.version = struct_version<MemoryV2>(2), .total = 0, .reserved = 0, .free = 0, .used = 0};
  Return result = not_supported;
  if (!unsupported_.test(memory_v2)) {
    result = call(functions_.nvmlDeviceGetMemoryInfo_v2, device_, &memory);
    if (result != success) gpu.memory_reserved_bytes = absent(memory_v2, result);
  }
  if (result == success) {
    answers_.note(success);
    given_.set(memory_v2);
  }
  shared_memory_ = false;
  if (result == success && memory.total > 0) {
    gpu.memory_reserved_bytes = memory.reserved;
  } else {
    const Reading<Memory> old = old_memory();
    if (!old) {
      gpu.memory_total_bytes = gpu.memory_used_bytes = old.presence();
      return;
    }
    memory.total = old->total;
    memory.used = old->used;
  }
  if (memory.used > memory.total) {
    gpu.memory_total_bytes = gpu.memory_used_bytes = gpu.memory_reserved_bytes = Presence::unknown;
    return;
  }
  gpu.memory_total_bytes = memory.total;
  gpu.memory_used_bytes = memory.used;
}

void NvmlDevice::add_often(GpuSample& gpu) {
  const Functions& nvml = functions_;
  const Reading<Utilization> use = ask<Utilization>(utilisation, nvml.nvmlDeviceGetUtilizationRates);
  const auto percent = [&](unsigned Utilization::* part) -> Reading<double> {
    return use ? percent_of((*use).*part) : Reading<double>(use.presence());
  };
  gpu.busy_percent = percent(&Utilization::gpu);
  gpu.memory_busy_percent = percent(&Utilization::memory);
  gpu.power_watts = ask_scaled(power, 1e-3, nvml.nvmlDeviceGetPowerUsage);
  const auto joules = ask<unsigned long long>(energy, nvml.nvmlDeviceGetTotalEnergyConsumption);
  gpu.energy_joules = joules ? Reading<double>(static_cast<double>(*joules) * 1e-3) : joules.presence();
  gpu.temperature_celsius = temperature_of(ask<unsigned>(temperature, nvml.nvmlDeviceGetTemperature, 0));
  constexpr double mega = 1e6;
  gpu.sm_clock_hertz = ask_scaled(clock_sm_now, mega, nvml.nvmlDeviceGetClockInfo, clock_sm);
  gpu.memory_clock_hertz = ask_scaled(clock_memory_now, mega, nvml.nvmlDeviceGetClockInfo, clock_memory);
  auto why = ask<unsigned long long>(reasons, nvml.nvmlDeviceGetCurrentClocksEventReasons);
  if (!why) why = ask<unsigned long long>(old_reasons, nvml.nvmlDeviceGetCurrentClocksThrottleReasons);
  gpu.throttle = why ? Reading<std::uint8_t>(throttle_of(*why)) : why.presence();
}

void NvmlDevice::add_rarely(GpuSample& gpu) {
  const Functions& nvml = functions_;
  // Nothing of a device in trouble is taken for unchanged.
  if (looks_ % rare == 0 || state_ != GpuState::working || answers_.worst() != success) {
    constexpr double mega = 1e6;
    constexpr int since_the_driver_was_loaded = 0;
    rare_.power_limit_watts = limit_of(ask<unsigned>(power_limit, nvml.nvmlDeviceGetEnforcedPowerLimit));
    rare_.power_default_watts = limit_of(ask<unsigned>(power_default, nvml.nvmlDeviceGetPowerManagementDefaultLimit));
    rare_.slowdown_celsius = ask_scaled(slowdown, 1, nvml.nvmlDeviceGetTemperatureThreshold, threshold_slowdown);
    if (rare_.slowdown_celsius.value_or(1) <= 0) rare_.slowdown_celsius = Presence::unknown;
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
      if (!count) return count.presence();
      return *count == not_available ? Reading<std::uint64_t>(Presence::unknown) : Reading<std::uint64_t>(*count);
    };
    rare_.ecc_corrected = errors(ecc_corrected, error_corrected);
    rare_.ecc_uncorrected = errors(ecc_uncorrected, error_uncorrected);
    add_remapped(rare_);
    unsigned pending = 0;
    rare_.mig = Presence::unsupported;
    unsigned current = 0;
    const Return result = call(nvml.nvmlDeviceGetMigMode, device_, &current, &pending);
    answers_.note(result);
    if (result == success) rare_.mig = current == 1;
    instances_.clear();
    if (rare_.mig.value_or(false)) find_instances();
  }
  gpu.power_limit_watts = rare_.power_limit_watts;
  gpu.power_default_watts = rare_.power_default_watts;
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
    for (FieldValue& one : fields) one.result = result;
  }
  answers_.note(result == success ? no_data : result);
  for (const FieldValue& one : fields) {
    if (one.result == success || one.result == reset_required) answers_.note(static_cast<Return>(one.result));
  }
  gpu.throttle_power_ns = counter_of(fields[0]);
  gpu.throttle_thermal_ns = counter_of(fields[1]);
  gpu.memory_temperature_celsius = temperature_of(counter_of(fields[2]));
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
    const Presence why = result == success ? Presence::unknown : presence_of(result);
    told.memory_total_bytes = good ? Reading<std::uint64_t>(memory.total) : why;
    told.memory_used_bytes = good ? Reading<std::uint64_t>(memory.used) : why;
    told.sm_active_percent = Presence::unsupported;
    if (instance.gpm) {
      GpuSample part;
      instance.gpm->sample(part);
      told.sm_active_percent = part.sm_active_percent;
    }
    gpu.instances.push_back(std::move(told));
  }
}

/// All that a device says when it is there and awake.
GpuSample NvmlDevice::ask_all(const Instant& now) {
  GpuSample gpu = without_values(who_, Presence::unsupported);
  add_memory(gpu);
  if (!is_gone()) add_rarely(gpu);
  if (!is_gone()) add_often(gpu);
  if (!is_gone()) add_fields(gpu);
  if (!is_gone() && gpm_) gpm_->sample(gpu);
  if (!is_gone()) add_mig(gpu);
  if (!is_gone()) {
    Return result = success;
    gpu.clients = clients_->sample(now.wall_ns / 1000, gpu.mig.value_or(false), gpu.busy_percent, result);
    answers_.note(result);
  }
  if (shared_memory_) use_host_memory(gpu);
  ++looks_;
  return gpu;
}

/// The processes whose work it took with it: those that were on it when it still told.
Reading<std::vector<GpuClient>> NvmlDevice::clients_before() const {
  if (last_clients_.empty()) return Presence::unknown;
  std::vector<GpuClient> clients;
  for (const GpuClient& client : last_clients_) {
    clients.push_back({.pid = client.pid, .work = client.work, .instance = client.instance});
    GpuClient& one = clients.back();
    one.memory_bytes = Presence::unknown;
    one.busy_percent = one.memory_busy_percent = Presence::unknown;
  }
  return Reading<std::vector<GpuClient>>::stale(std::move(clients));
}

GpuSample NvmlDevice::bare(GpuState state) {
  GpuSample gpu = without_values(who_, state == GpuState::asleep   ? Presence::not_read
                                       : state == GpuState::denied ? Presence::denied
                                                                   : Presence::unknown);
  gpu.state = state;
  if (state == GpuState::lost) gpu.clients = clients_before();
  return gpu;
}

GpuSample NvmlDevice::sample(const Root& root, const Instant& now) {
  const bool asleep = device_ != nullptr && state_ != GpuState::lost && is_asleep(root, who_.pci);
  if (device_ == nullptr || state_ == GpuState::lost || asleep) {
    GpuSample gpu = bare(asleep ? GpuState::asleep : state_);
    history_.tell(gpu, now);
    return gpu;
  }
  if (seconds_between(forgiven_, now) >= ask_again_seconds) {
    unsupported_.reset();
    forgiven_ = now;
  }
  answers_ = {};
  GpuSample gpu = ask_all(now);
  const GpuState before = std::exchange(state_, answers_.state());
  if (state_ == GpuState::lost) gpu = bare(state_);
  gpu.state = state_;
  if (state_ == GpuState::working && gpu.clients) last_clients_ = *gpu.clients;
  if (state_ == GpuState::needs_reset && !gpu.clients) gpu.clients = clients_before();
  if (state_ == GpuState::working && before != GpuState::working) begin(now);
  if (state_ == GpuState::working && before == GpuState::needs_reset) history_.forget();
  history_.tell(gpu, now);
  return gpu;
}

}  // namespace vigie::gpu::nvml
