// Rows about GPUs and about the processes on them.
#pragma once

#include <string_view>
#include <vector>

#include "model/frame.hpp"
#include "views/column.hpp"

namespace vigie::views {

struct GpuRow {
  const Frame* frame = nullptr;
  const GpuSample* gpu = nullptr;
  const GpuRates* rates = nullptr;
};

struct GpuClientRow {
  const Frame* frame = nullptr;
  const GpuSample* gpu = nullptr;
  const GpuClient* client = nullptr;
  Reading<double> busy_percent = {};
  const ProcessSample* process = nullptr;  ///< nullptr: not in the list of processes, or not visible here
  const Run* run = nullptr;
  const Member* member = nullptr;
};

/// One row for each GPU, ascending as the driver counts.
[[nodiscard]] std::vector<GpuRow> gpu_rows(const Frame& frame);
/// The processes of each GPU, those with the most memory first.
[[nodiscard]] std::vector<GpuClientRow> gpu_client_rows(const Frame& frame);

/// Everything, for programs.
[[nodiscard]] const std::vector<Column<GpuRow>>& gpu_columns();
[[nodiscard]] const std::vector<Column<GpuClientRow>>& gpu_client_columns();

/// The columns for people in a terminal of `width` columns (0: any), without those that no row has a value for.
[[nodiscard]] std::vector<Column<GpuRow>> gpu_columns_for_people(const std::vector<GpuRow>& rows, std::size_t width);
[[nodiscard]] std::vector<Column<GpuClientRow>> gpu_client_columns_for_people(const std::vector<GpuClientRow>& rows);

}  // namespace vigie::views
