// amdgpu's table of measurements, a binary file of sysfs in several versions (drivers/gpu/drm/amd/include/
// kgd_pp_interface.h; what its throttle bits mean: drivers/gpu/drm/amd/pm/swsmu/inc/amdgpu_smu.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "model/gpu.hpp"

namespace vigie::gpu {

/// What vigie reads of it; a value that a version, or a card, does not have is unsupported.
struct GpuMetrics {
  Reading<double> busy_percent, memory_busy_percent;
  Reading<double> power_watts, energy_joules;
  Reading<double> temperature_celsius, memory_temperature_celsius;
  Reading<std::uint8_t> throttle;  ///< set of Throttle
};

/// Of versions 1.1 to 1.7, those of cards. Nothing for other versions (APUs have 2.x and 3.x) and damaged tables.
[[nodiscard]] std::optional<GpuMetrics> parse_gpu_metrics(std::string_view table);

/// Whether the table is one of an APU, a processor with a GPU in it: versions 2 and 3.
[[nodiscard]] bool is_apu_table(std::string_view table);

}  // namespace vigie::gpu
