// Small files of sysfs, as readings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/root.hpp"
#include "model/reading.hpp"

namespace vigie::gpu {

/// The whole file; absent with the reason.
[[nodiscard]] Reading<std::string> read_text(int dir_fd, const std::string& path);

/// The number that a file begins with.
[[nodiscard]] Reading<std::uint64_t> read_number(int dir_fd, const std::string& path);
[[nodiscard]] Reading<double> read_scaled(int dir_fd, const std::string& path, double scale);

/// The value of `key` in lines "key<separator>value"; empty when there is none.
[[nodiscard]] std::string_view value_of(std::string_view text, std::string_view key, char separator);

/// The highest clock of amdgpu's pp_dpm_sclk and its like: lines "1: 2475Mhz *". In hertz.
[[nodiscard]] Reading<double> highest_clock(std::string_view text);

/// "16.0 GT/s PCIe": the generation of PCI Express. Unknown speeds are absent.
[[nodiscard]] Reading<unsigned> pcie_generation(std::string_view link_speed);

}  // namespace vigie::gpu
