// For tests alone: all cells of a row at once, so that a column that shows another's member is seen.
#pragma once

#include <string>
#include <vector>

#include "views/column.hpp"

namespace vigie::views {

/// "pid=10 run=-": all cells of a row as people read them.
template <class Row>
std::string whole(const std::vector<Column<Row>>& columns, const Row& row) {
  std::string text;
  for (const Column<Row>& column : columns)
    text +=
        (text.empty() ? "" : " ") + std::string(column.name()) + "=" + format::human(*column.metric, column.cell(row));
  return text;
}

}  // namespace vigie::views
