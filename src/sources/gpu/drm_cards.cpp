#include "sources/gpu/drm_cards.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include <fmt/format.h>

#include "base/directory.hpp"
#include "sources/gpu/gpu_metrics.hpp"
#include "sources/gpu/host_memory.hpp"
#include "sources/gpu/sysfs.hpp"

namespace vigie::gpu {
namespace {

constexpr double micro = 1e-6, milli = 1e-3, mega = 1e6;

/// Removes the end of a line.
std::string line_of(const Reading<std::string>& text) {
  return text ? text->substr(0, text->find('\n')) : std::string();
}

/// The directory of the card's hwmon, relative to sys; empty when it has none.
std::string hwmon_of(const Root& root, const std::string& device) {
  const std::vector<std::string> found = names_in(root.sys(), device + "/hwmon", "hwmon");
  return found.empty() ? std::string() : device + "/hwmon/" + found.front();
}

/// The temperature whose label is `label`.
Reading<double> temperature(const Root& root, const std::string& hwmon, std::string_view label) {
  for (const char* number : {"1", "2", "3", "4"}) {
    const std::string stem = fmt::format("{}/temp{}", hwmon, number);
    if (line_of(read_text(root.sys(), stem + "_label")) == label)
      return read_scaled(root.sys(), stem + "_input", milli);
  }
  return Presence::unsupported;
}

void add_link(const Root& root, const std::string& device, GpuSample& gpu) {
  const auto generation = [&](const char* file) {
    return pcie_generation(line_of(read_text(root.sys(), device + file)));
  };
  const auto width = [&](const char* file) -> Reading<unsigned> {
    const Reading<std::uint64_t> lanes = read_number(root.sys(), device + file);
    return lanes ? Reading<unsigned>(static_cast<unsigned>(*lanes)) : Reading<unsigned>(lanes.presence());
  };
  gpu.pcie_generation = generation("/current_link_speed");
  gpu.pcie_generation_max = generation("/max_link_speed");
  gpu.pcie_width = width("/current_link_width");
  gpu.pcie_width_max = width("/max_link_width");
}

/// Adds the values that only the table has, and those that the other files did not tell.
void add_gpu_metrics(const Root& root, const std::string& device, GpuSample& gpu) {
  const Reading<std::string> table = read_text(root.sys(), device + "/gpu_metrics");
  const std::optional<GpuMetrics> metrics = table ? parse_gpu_metrics(*table) : std::nullopt;
  if (!metrics) return;
  const auto fill = [](Reading<double>& value, const Reading<double>& other) {
    if (!value && other) value = other;
  };
  fill(gpu.busy_percent, metrics->busy_percent);
  fill(gpu.memory_busy_percent, metrics->memory_busy_percent);
  fill(gpu.power_watts, metrics->power_watts);
  fill(gpu.temperature_celsius, metrics->temperature_celsius);
  fill(gpu.memory_temperature_celsius, metrics->memory_temperature_celsius);
  gpu.energy_joules = metrics->energy_joules;
  gpu.throttle = metrics->throttle;
}

/// The memory that amdgpu manages for an APU is the host's (GTT). Its own is what the firmware has set aside, half a
/// gigabyte on most, and counts only where it is more. A card that was bought for its memory has more than a gigabyte
/// of it; host memory that it maps is no part of that.
void add_amd_memory(const Root& root, const std::string& device, GpuSample& gpu) {
  const auto bytes = [&](const char* file) { return read_number(root.sys(), device + "/mem_info_" + file); };
  gpu.memory_total_bytes = bytes("vram_total");
  gpu.memory_used_bytes = bytes("vram_used");
  constexpr std::uint64_t next_to_nothing = std::uint64_t{1} << 30;
  const bool little = gpu.memory_total_bytes && *gpu.memory_total_bytes <= next_to_nothing;
  if (!little && !is_apu_table(read_text(root.sys(), device + "/gpu_metrics").value_or({}))) return;
  const Reading<std::uint64_t> total = bytes("gtt_total"), used = bytes("gtt_used");
  if (!total || *total <= gpu.memory_total_bytes.value_or(0)) return;
  use_host_memory(gpu);
  if (little || !gpu.memory_total_bytes || !gpu.memory_used_bytes || !used) {
    gpu.memory_total_bytes = total;
    gpu.memory_used_bytes = used;
  } else {
    *gpu.memory_total_bytes += *total;
    *gpu.memory_used_bytes += *used;
  }
}

/// Of its hwmon; a card may have none.
void add_amd_sensors(const Root& root, const std::string& hwmon, GpuSample& gpu) {
  if (hwmon.empty()) return;
  const int sys = root.sys();
  gpu.power_watts = read_scaled(sys, hwmon + "/power1_average", micro);
  if (!gpu.power_watts) gpu.power_watts = read_scaled(sys, hwmon + "/power1_input", micro);
  gpu.power_limit_watts = read_scaled(sys, hwmon + "/power1_cap", micro);
  gpu.temperature_celsius = temperature(root, hwmon, "junction");
  if (!gpu.temperature_celsius) gpu.temperature_celsius = read_scaled(sys, hwmon + "/temp1_input", milli);
  gpu.memory_temperature_celsius = temperature(root, hwmon, "mem");
  gpu.sm_clock_hertz = read_scaled(sys, hwmon + "/freq1_input", 1);
  gpu.memory_clock_hertz = read_scaled(sys, hwmon + "/freq2_input", 1);
  gpu.fan_percent = read_scaled(sys, hwmon + "/pwm1", 100.0 / 255);
}

/// pcie_bw is never read: the kernel waits a second in it.
void add_amd(const Root& root, const std::string& device, GpuSample& gpu) {
  const int sys = root.sys();
  const std::string product = line_of(read_text(sys, device + "/product_name"));
  gpu.name = product.empty() ? "AMD GPU" : product;
  gpu.uuid = line_of(read_text(sys, device + "/unique_id"));
  gpu.busy_percent = read_scaled(sys, device + "/gpu_busy_percent", 1);
  gpu.memory_busy_percent = read_scaled(sys, device + "/mem_busy_percent", 1);
  add_amd_memory(root, device, gpu);
  const Reading<std::string> sclk = read_text(sys, device + "/pp_dpm_sclk");
  const Reading<std::string> mclk = read_text(sys, device + "/pp_dpm_mclk");
  gpu.sm_clock_max_hertz = sclk ? highest_clock(*sclk) : sclk.presence();
  gpu.memory_clock_max_hertz = mclk ? highest_clock(*mclk) : mclk.presence();
  if (const Reading<std::string> errors = read_text(sys, device + "/ras/umc_err_count")) {
    const auto count = [&](std::string_view key) -> Reading<std::uint64_t> {
      const std::string_view text = value_of(*errors, key, ':');
      std::uint64_t value = 0;
      const bool good = std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc{};
      return good ? Reading<std::uint64_t>(value) : Presence::unknown;
    };
    gpu.ecc_corrected = count("ce");
    gpu.ecc_uncorrected = count("ue");
  }
  add_amd_sensors(root, hwmon_of(root, device), gpu);
  add_gpu_metrics(root, device, gpu);
}

/// Reasons are files of 0 or 1: "pl1" and its like are limits of power, "prochot" is a signal of the hardware.
std::uint8_t throttle_in(const Root& root, const std::string& directory, std::string_view prefix) {
  const auto on = [&](std::string_view reason) {
    return read_number(root.sys(), fmt::format("{}/{}{}", directory, prefix, reason)).value_or(0) != 0;
  };
  std::uint8_t set = 0;
  if (on("pl1") || on("pl2") || on("pl4") || on("ratl")) set |= static_cast<std::uint8_t>(Throttle::power_cap);
  if (on("thermal")) set |= static_cast<std::uint8_t>(Throttle::thermal);
  if (on("prochot") || on("vr_thermalert")) set |= static_cast<std::uint8_t>(Throttle::hot_hardware);
  if (on("vr_tdc")) set |= static_cast<std::uint8_t>(Throttle::power_brake);
  return set;
}

void add_xe(const Root& root, const std::string& device, GpuSample& gpu) {
  const std::string tile = device + "/tile0", frequency = tile + "/gt0/freq0";
  gpu.memory_total_bytes = Presence::unsupported;
  if (const Reading<std::string> size = read_text(root.sys(), tile + "/physical_vram_size_bytes")) {
    // In hexadecimal, with 0x.
    const std::string_view digits = std::string_view(*size).substr(size->starts_with("0x") ? 2 : 0);
    std::uint64_t bytes = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), bytes, 16).ec == std::errc{})
      gpu.memory_total_bytes = bytes;
  }
  gpu.sm_clock_hertz = read_scaled(root.sys(), frequency + "/act_freq", mega);
  gpu.sm_clock_max_hertz = read_scaled(root.sys(), frequency + "/max_freq", mega);
  if (!read_number(root.sys(), frequency + "/throttle/status")) return;
  std::uint8_t set = 0;
  for (const std::string& a_tile : names_in(root.sys(), device, "tile")) {
    for (const std::string& gt : names_in(root.sys(), device + "/" + a_tile, "gt"))
      set |= throttle_in(root, fmt::format("{}/{}/{}/freq0/throttle", device, a_tile, gt), "reason_");
  }
  gpu.throttle = set;
}

void add_i915(const Root& root, const std::string& card, GpuSample& gpu) {
  gpu.sm_clock_hertz = read_scaled(root.sys(), card + "/gt_act_freq_mhz", mega);
  gpu.sm_clock_max_hertz = read_scaled(root.sys(), card + "/gt_RP0_freq_mhz", mega);
  if (read_number(root.sys(), card + "/gt/gt0/throttle_reason_status"))
    gpu.throttle = throttle_in(root, card + "/gt/gt0", "throttle_reason_");
}

void add_intel(const Root& root, const std::string& card, GpuSample& gpu) {
  const std::string device = card + "/device";
  gpu.name = "Intel GPU";
  if (gpu.driver == "xe") {
    add_xe(root, device, gpu);
  } else {
    add_i915(root, card, gpu);
  }
  // The place of the one in the processor, on every chipset; cards are behind a bridge.
  if (gpu.pci == "0000:00:02.0") use_host_memory(gpu);
  const std::string hwmon = hwmon_of(root, device);
  if (hwmon.empty()) return;
  gpu.energy_joules = read_scaled(root.sys(), hwmon + "/energy1_input", micro);
  gpu.power_limit_watts = read_scaled(root.sys(), hwmon + "/power1_max", micro);
}

}  // namespace

std::vector<GpuSample> read_cards(const Root& root) {
  std::vector<GpuSample> gpus;
  for (const std::string& name : names_in(root.sys(), "class/drm", "card")) {
    if (name.find('-') != std::string::npos) continue;  // a connector
    const std::string card = "class/drm/" + name, device = card + "/device";
    const Reading<std::string> uevent = read_text(root.sys(), device + "/uevent");
    if (!uevent) continue;
    GpuSample who;
    who.driver = value_of(*uevent, "DRIVER", '=');
    who.pci = value_of(*uevent, "PCI_SLOT_NAME", '=');
    if (who.driver == "amdgpu") {
      who.vendor = GpuVendor::amd;
    } else if (who.driver == "i915" || who.driver == "xe") {
      who.vendor = GpuVendor::intel;
    } else {
      continue;
    }
    GpuSample gpu = without_values(who, Presence::unsupported);
    if (line_of(read_text(root.sys(), device + "/power/runtime_status")) == "suspended") {
      gpu = without_values(who, Presence::not_read);
      gpu.state = GpuState::asleep;
      gpu.name = who.vendor == GpuVendor::amd ? "AMD GPU" : "Intel GPU";
    } else {
      add_link(root, device, gpu);
      if (who.vendor == GpuVendor::amd)
        add_amd(root, device, gpu);
      else
        add_intel(root, card, gpu);
    }
    gpus.push_back(std::move(gpu));
  }
  std::ranges::sort(gpus, {}, [](const GpuSample& gpu) { return std::pair(gpu.vendor, gpu.pci); });
  for (std::size_t at = 1; at < gpus.size(); ++at) {
    if (gpus[at].vendor == gpus[at - 1].vendor) gpus[at].index = gpus[at - 1].index + 1;
  }
  return gpus;
}

}  // namespace vigie::gpu
