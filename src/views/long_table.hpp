// A table that every look continues below the rows that are there, with columns that stay where they are.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "views/column.hpp"

namespace vigie::views {

/// The place that it is written to.
struct LongPlace {
  bool header = true;
  bool color = false;
  std::size_t width = 0, height = 0;  ///< of the terminal; 0: none
};

class LongTable {
 public:
  /// Takes over the widths of the columns: they refer to this object from now on.
  template <class Row>
  void keep_widths(std::vector<Column<Row>>& columns) {
    metrics_.resize(columns.size());
    for (std::size_t index = 0; index < columns.size(); ++index) {
      metrics_[index] = *columns[index].metric;
      columns[index].metric = &metrics_[index];
    }
  }
  /// Another width to begin with; `name` may be no column.
  void set_width(std::string_view name, std::uint8_t width);

  /// Appends rows of a table with those columns as text. The head comes first, and again when it has left the screen.
  void append(std::string& out, const LongPlace& place, const format::Table& table);

 private:
  std::vector<Metric> metrics_;  ///< with the widths so far
  std::size_t lines_ = 0;        ///< since the last head, with it
  bool first_ = true;
};

}  // namespace vigie::views
