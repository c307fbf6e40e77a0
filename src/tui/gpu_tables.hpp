// The tables of the screen of GPUs.
#pragma once

#include <vector>

#include "tui/text_table.hpp"
#include "views/gpu_columns.hpp"

namespace vigie::tui {

/// A line each: use, clock, memory, power and heat beside their limits, and what slows it down, what is broken, and
/// who uses it. In a narrow terminal the most important of these three.
[[nodiscard]] TextTable table_of_gpus(const std::vector<views::GpuRow>& rows, int columns);

/// The processes on them.
[[nodiscard]] TextTable table_of_clients(const std::vector<views::GpuClientRow>& rows);

}  // namespace vigie::tui
