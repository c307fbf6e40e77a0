// Rows about open files, for files.
#pragma once

#include <vector>

#include "model/frame.hpp"
#include "views/column.hpp"

namespace vigie::views {

struct FileRow {
  pid_t pid = 0;
  const OpenFile* file = nullptr;
  Reading<double> speed;
  int rank = 0;  ///< how early it stands

  static constexpr int library = 6;  ///< rank of a library that is only mapped
};

/// Files that are read and written first, the fastest of them first; libraries last.
[[nodiscard]] std::vector<FileRow> file_rows(const Frame& frame, bool only_deleted);

[[nodiscard]] const std::vector<Column<FileRow>>& file_columns();
/// The columns that fit 80 beside a path: a socket's protocol stands before its name, a deleted file's fate behind it.
[[nodiscard]] const std::vector<Column<FileRow>>& file_columns_for_people();

}  // namespace vigie::views
