#include "trace_gpu.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <utility>

#include <fmt/format.h>

#include "model/xid.hpp"

namespace vigie {

Trace read_trace(const char* path) {
  std::ifstream file(path);
  Trace trace;
  for (std::string line; std::getline(file, line);) {
    if (line.empty()) continue;
    Json json = Json::parse(line);
    if (json.contains("trace")) {
      trace.head = std::move(json);
    } else {
      trace.lines.push_back(std::move(json));
    }
  }
  if (trace.lines.empty()) {
    std::fprintf(stderr, "%s holds no trace\n", path);
    std::exit(1);
  }
  return trace;
}

Reading<double> number(const Json& device, const char* name, int place, double scale) {
  const auto found = device.find(name);
  if (found == device.end() || found->is_null()) return Presence::unsupported;
  const Json& value = place < 0 ? *found : found->at(static_cast<std::size_t>(place));
  return value.is_null() ? Reading<double>(Presence::unsupported) : Reading<double>(value.get<double>() * scale);
}

namespace {

constexpr double mebibyte = 1 << 20;

Reading<double> gpm(const Json& device, const char* id, double scale = 1) {
  const auto all = device.find("gpm");
  return all == device.end() || all->is_null() ? Reading<double>(Presence::unsupported) : number(*all, id, -1, scale);
}

GpuState state_of(const Json& device) {
  if (device.value("lost", false)) return GpuState::lost;
  if (device.value("needs_reset", false)) return GpuState::needs_reset;
  const Json errors_of = device.value("errors", Json::object());
  const int handle = device.value("handle", errors_of.value("nvmlDeviceGetHandleByIndex_v2", 0));
  if (handle == 4) return GpuState::denied;
  if (handle == 8) return GpuState::unpowered;
  if (handle == 15) return GpuState::lost;
  constexpr int reset_required = 16;
  if (handle == reset_required || errors_of.value("nvmlDeviceGetUtilizationRates", 0) == reset_required)
    return GpuState::needs_reset;
  return handle != 0 ? GpuState::unopened : GpuState::working;
}

std::uint8_t throttle_of(unsigned bits) {
  constexpr std::pair<unsigned, Throttle> all[] = {{0x4U, Throttle::power_cap},
                                                   {0x8U, Throttle::hardware},
                                                   {0x20U, Throttle::thermal},
                                                   {0x40U, Throttle::hot_hardware},
                                                   {0x80U, Throttle::power_brake}};
  std::uint8_t set = 0;
  for (const auto& [bit, reason] : all) {
    if ((bits & bit) != 0) set = static_cast<std::uint8_t>(set | static_cast<std::uint8_t>(reason));
  }
  return set;
}

void add_traffic(const Json& device, GpuSample& gpu) {
  gpu.sm_active_percent = gpm(device, "2");
  gpu.tensor_active_percent = gpm(device, "5");
  gpu.dram_active_percent = gpm(device, "10");
  gpu.gpm_pcie_sent_per_second = gpm(device, "20", mebibyte);
  gpu.gpm_pcie_received_per_second = gpm(device, "21", mebibyte);
  gpu.gpm_nvlink_received_per_second = gpm(device, "60", mebibyte);
  gpu.gpm_nvlink_sent_per_second = gpm(device, "61", mebibyte);
}

void add_health(const Json& device, const std::vector<unsigned>& xids, GpuSample& gpu) {
  gpu.ecc_uncorrected = as<std::uint64_t>(number(device, "ecc", 1));
  if (const Reading<double> pending = number(device, "remapped", 2)) {
    gpu.remap_pending = *pending != 0;
    gpu.remap_failed = *number(device, "remapped", 3) != 0;
  }
  if (device.contains("fields") && device.at("fields").is_object() && device.at("fields").contains("230"))
    gpu.recovery = static_cast<GpuRecovery>(device.at("fields").at("230").get<int>());
  if (xids.empty()) return;
  gpu.xids = xids;
  gpu.xid = leading_xid(xids);
}

}  // namespace

GpuSample gpu_of(const Json& device, const std::vector<unsigned>& xids) {
  GpuSample gpu;
  gpu.index = device.at("device").get<unsigned>();
  gpu.uuid = fmt::format("GPU-{}", gpu.index);
  if (device.contains("name") && device.at("name").is_string()) gpu.name = device.at("name").get<std::string>();
  each_reading(gpu, [](auto& reading) { reading = Presence::unsupported; });
  gpu.state = state_of(device);
  if (gpu.state != GpuState::working) {
    each_reading(gpu, [](auto& reading) { reading = Presence::unknown; });
    return gpu;
  }
  gpu.busy_percent = number(device, "utilization", 0);
  gpu.memory_busy_percent = number(device, "utilization", 1);
  if (gpu.memory_busy_percent.value_or(0) > 100) gpu.memory_busy_percent = Presence::unsupported;
  gpu.memory_total_bytes = as<std::uint64_t>(number(device, "memory", 0));
  gpu.memory_used_bytes = as<std::uint64_t>(number(device, "memory", 2));
  gpu.power_watts = number(device, "power_mw", -1, 1e-3);
  gpu.power_limit_watts = number(device, "power_limit_mw", -1, 1e-3);
  gpu.power_default_watts = number(device, "power_default_mw", -1, 1e-3);
  gpu.temperature_celsius = number(device, "temperature");
  gpu.slowdown_celsius = number(device, "slowdown");
  gpu.sm_clock_hertz = number(device, "clocks", 0, 1e6);
  gpu.sm_clock_max_hertz = number(device, "clocks_max", 0, 1e6);
  gpu.pcie_generation = as<unsigned>(number(device, "pcie", 0));
  gpu.pcie_width = as<unsigned>(number(device, "pcie", 1));
  gpu.pcie_generation_max = as<unsigned>(number(device, "pcie_max", 0));
  gpu.pcie_width_max = as<unsigned>(number(device, "pcie_max", 1));
  if (const Reading<double> bits = number(device, "reasons")) gpu.throttle = throttle_of(static_cast<unsigned>(*bits));
  add_traffic(device, gpu);
  add_health(device, xids, gpu);
  return gpu;
}

}  // namespace vigie
