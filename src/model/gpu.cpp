#include "model/gpu.hpp"

#include "model/xid.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace vigie {

std::string_view name_of(GpuVendor vendor) {
  switch (vendor) {
    case GpuVendor::nvidia: return "nvidia";
    case GpuVendor::amd: return "amd";
    case GpuVendor::intel: return "intel";
  }
  return "unknown";
}

std::string_view name_of(GpuState state) {
  switch (state) {
    case GpuState::working: return "working";
    case GpuState::asleep: return "asleep";
    case GpuState::lost: return "lost";
    case GpuState::denied: return "denied";
    case GpuState::unpowered: return "unpowered";
    case GpuState::needs_reset: return "needs reset";
    case GpuState::unopened: return "unopened";
  }
  return "unknown";
}

std::string_view name_of(GpuRecovery action) {
  switch (action) {
    case GpuRecovery::none: return "nothing";
    case GpuRecovery::reset: return "reset";
    case GpuRecovery::reboot: return "reboot";
    case GpuRecovery::drain_links: return "drain links";
    case GpuRecovery::drain_and_reset: return "drain and reset";
  }
  return "unknown";
}

std::string_view name_of(GpuWork work) {
  switch (work) {
    case GpuWork::compute: return "compute";
    case GpuWork::graphics: return "graphics";
    case GpuWork::mps: return "mps";
  }
  return "unknown";
}

std::string describe_throttle(std::uint8_t set) {
  constexpr std::array<std::pair<Throttle, std::string_view>, 5> names = {
      {{Throttle::power_cap, "power cap"},
       {Throttle::hardware, "hardware slowdown"},
       {Throttle::thermal, "thermal"},
       {Throttle::hot_hardware, "thermal, hardware"},
       {Throttle::power_brake, "power brake"}}};
  std::string text;
  for (const auto& [reason, name] : names) {
    if ((set & static_cast<unsigned>(reason)) == 0) continue;
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

GpuSample as_stale(GpuSample gpu, double age_seconds) {
  gpu.age_seconds = age_seconds;
  each_reading(gpu, [](auto& reading) {
    if (reading) reading = std::remove_reference_t<decltype(reading)>::stale(std::move(*reading));
  });
  return gpu;
}

GpuSample without_values(const GpuSample& gpu, Presence reason) {
  GpuSample bare;
  bare.vendor = gpu.vendor;
  bare.index = gpu.index;
  bare.uuid = gpu.uuid;
  bare.name = gpu.name;
  bare.pci = gpu.pci;
  bare.driver = gpu.driver;
  each_reading(bare, [reason](auto& reading) { reading = reason; });
  return bare;
}

bool is_same_gpu(const GpuSample& one, const GpuSample& other) {
  return one.vendor == other.vendor && one.index == other.index && one.pci == other.pci && one.uuid == other.uuid;
}

std::string number_of(const GpuSample& gpu) {
  return (gpu.vendor == GpuVendor::nvidia ? "" : std::string(name_of(gpu.vendor)) + " ") + std::to_string(gpu.index);
}

std::string label_of(const GpuSample& gpu) {
  return "GPU " + number_of(gpu) + (gpu.name.empty() ? "" : " (" + gpu.name + ")");
}

Reading<double> link_bytes_per_second(const GpuSample& gpu) {
  if (!gpu.pcie_generation) return gpu.pcie_generation.presence();
  if (!gpu.pcie_width) return gpu.pcie_width.presence();
  constexpr std::array<double, 7> lane = {0, 250e6, 500e6, 985e6, 1969e6, 3938e6, 7563e6};
  if (*gpu.pcie_generation == 0 || *gpu.pcie_generation >= lane.size()) return Presence::unknown;
  return lane[*gpu.pcie_generation] * *gpu.pcie_width;
}

bool is_broken(const GpuSample& gpu) {
  return gpu.recovery.value_or(GpuRecovery::none) != GpuRecovery::none || gpu.remap_failed.value_or(false) ||
         (gpu.xid && xid_of(*gpu.xid).kind == XidKind::hardware);
}

bool is_free(const GpuSample& gpu) {
  if (gpu.state == GpuState::asleep) return true;  // a process that had it open would keep it awake
  if (gpu.state != GpuState::working || !gpu.clients || !gpu.clients->empty() || is_broken(gpu)) return false;
  constexpr std::uint64_t least = std::uint64_t{1} << 30;
  return gpu.memory_used_bytes.value_or(0) <= std::max(least, gpu.memory_total_bytes.value_or(0) / 20);
}

Reading<double> busy_percent_of(const GpuSample& gpu, const GpuRates* rates) {
  if (gpu.busy_percent.presence() != Presence::unsupported || rates == nullptr) return gpu.busy_percent;
  return rates->busy_by_clients_percent;
}

}  // namespace vigie
