// A table on a screen: titles, columns as wide as they must be, bars beside numbers, and the row under the cursor.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tui/graph.hpp"
#include "tui/grid.hpp"
#include "tui/view_state.hpp"
#include "views/column.hpp"

namespace vigie::tui {

struct TextCell {
  std::string text = {};  ///< raw
  Role role = Role::normal;
  Reading<double> share = {};  ///< 0 to 1, of the column's bar
};

struct TextColumn {
  std::string title;
  int least = 0;       ///< so wide at least, so that it does not move with each number
  int most = 0;        ///< so wide at most; 0: as its content
  bool right = false;  ///< its text ends where it ends
  int bar = 0;         ///< columns of a bar before its text; 0: none
  int spare = 0;       ///< where there is no room, those with the highest number go first; 0: it stays
};

/// The last column takes what is left of the width.
struct TextTable {
  std::vector<TextColumn> columns = {};
  std::vector<std::vector<TextCell>> rows = {};  ///< a cell for each column
  std::vector<RowKey> keys = {};                 ///< of each row; empty: the cursor cannot stand on them
};

/// The titles in the first row, and the rows from `top` on below, as far as they fit.
void draw_table(Grid& grid, Rect where, const TextTable& table, const ViewState& state, std::size_t top = 0);

/// Leaves out the rows that do not have it in any cell. An empty filter keeps all.
void keep_rows_with(TextTable& table, std::string_view filter);
/// Appends the rows that have what is searched for, counted from `first` on.
void append_matches(std::vector<std::size_t>& matches, const TextTable& table, std::string_view search,
                    std::size_t first);

/// A cell of a look as a screen shows it: quiet where it is nothing or absent.
[[nodiscard]] TextCell text_cell(const Metric& metric, const format::Cell& cell, format::Paint paint);

/// Rows of a table that needs `count` of them, and its titles.
[[nodiscard]] inline int rows_of_table(std::size_t count) {
  return count == 0 ? 0 : static_cast<int>(count) + 1;
}

/// As views::for_people, of one column.
template <class Row>
[[nodiscard]] TextCell text_cell(const views::Column<Row>& column, const Row& row) {
  return text_cell(*column.metric, column.people ? column.people(row) : column.cell(row),
                   column.paint ? column.paint(row) : format::Paint::none);
}

[[nodiscard]] TextColumn text_column(const Metric& metric);

/// The columns and rows of a look.
template <class Row>
[[nodiscard]] TextTable text_table(const std::vector<views::Column<Row>>& columns, std::span<const Row> rows) {
  TextTable table;
  for (const views::Column<Row>& column : columns) table.columns.push_back(text_column(*column.metric));
  for (const Row& row : rows) {
    std::vector<TextCell>& cells = table.rows.emplace_back();
    for (const views::Column<Row>& column : columns) cells.push_back(text_cell(column, row));
  }
  return table;
}

}  // namespace vigie::tui
