// Rows about processes that have ended, for ps --ended.
#pragma once

#include <span>
#include <vector>

#include "model/frame.hpp"
#include "views/column.hpp"

namespace vigie::views {

struct EndedRow {
  const Frame* frame = nullptr;
  const EndedProcess* process = nullptr;
  std::span<const pid_t> ancestors;
  int run = -1;
};

using EndedColumn = Column<EndedRow>;

/// All columns, in the order of JSON.
[[nodiscard]] const std::vector<EndedColumn>& ended_columns();

}  // namespace vigie::views
