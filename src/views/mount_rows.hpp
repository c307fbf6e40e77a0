// Rows about file systems: how full each is, by room or by the number of files, whichever is nearer to its end.
#pragma once

#include <vector>

#include "model/frame.hpp"
#include "views/column.hpp"

namespace vigie::views {

struct MountRow {
  const MountSample* sample = nullptr;

  /// Absent where the file system did not answer; an old one where it answered before.
  [[nodiscard]] Reading<double> used_percent() const;
};

/// The fullest first, and before all others those that did not answer. Without images of read-only packages, which are
/// full by nature, and file systems in memory in which nothing is kept. It refers to the frame.
[[nodiscard]] std::vector<MountRow> mount_rows(const Frame& frame);
[[nodiscard]] const std::vector<Column<MountRow>>& mount_columns();

}  // namespace vigie::views
