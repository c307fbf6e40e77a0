// Rows about what threads wait in, for syscalls.
#pragma once

#include <vector>

#include "model/frame.hpp"
#include "views/column.hpp"

namespace vigie::views {

struct CallRow {
  pid_t pid = 0;
  const CallShare* seen = nullptr;
};

/// Of the processes that were read in depth.
[[nodiscard]] std::vector<CallRow> call_rows(const Frame& frame);
[[nodiscard]] const std::vector<Column<CallRow>>& call_columns();

}  // namespace vigie::views
