// Rows about calls that were traced one by one, for syscalls --trace.
#pragma once

#include <vector>

#include "model/frame.hpp"
#include "views/column.hpp"

namespace vigie::views {

struct TracedCallRow {
  const TracedCall* call = nullptr;
  const TracedCallRates* rates = nullptr;
  std::vector<ErrorCount> errors;  ///< most frequent first
};

struct TracedFileRow {
  const TracedFile* file = nullptr;
  const TracedFileRates* rates = nullptr;
};

/// Of a frame with a trace.
[[nodiscard]] std::vector<TracedCallRow> traced_call_rows(const Frame& frame);
[[nodiscard]] std::vector<TracedFileRow> traced_file_rows(const Frame& frame);

[[nodiscard]] const std::vector<Column<TracedCallRow>>& traced_call_columns();
/// The columns that fit 80.
[[nodiscard]] const std::vector<Column<TracedCallRow>>& traced_call_columns_for_people();
[[nodiscard]] const std::vector<Column<TracedFileRow>>& traced_file_columns();

}  // namespace vigie::views
