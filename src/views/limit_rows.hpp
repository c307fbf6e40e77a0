// Rows about limits, for limits: what the kernel and control groups allow a process, and how much of it is used.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "model/frame.hpp"
#include "views/column.hpp"

namespace vigie::views {

struct LimitRow {
  pid_t pid = 0;
  std::string name, unit;
  Reading<double> used;
  Reading<double> soft, hard;  ///< infinite: unlimited
  std::string group;           ///< the control group whose limit it is; empty for the process's own

  [[nodiscard]] Reading<double> percent() const {
    if (!used) return used.presence();
    if (!soft) return soft.presence();
    if (std::isinf(*soft) || *soft == 0) return Presence::unsupported;
    return 100.0 * *used / *soft;
  }
};

/// Of the processes that were read in depth: limits that are nearly reached first.
[[nodiscard]] std::vector<LimitRow> limit_rows(const Frame& frame);
[[nodiscard]] const std::vector<Column<LimitRow>>& limit_columns();

}  // namespace vigie::views
