#include "tui/text_table.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/text.hpp"
#include "tui/process_list.hpp"
#include "tui/reading_text.hpp"

namespace vigie::tui {
namespace {

constexpr int least_last = 6;

int width_of_text(std::string_view raw) {
  return static_cast<int>(display_width(safe_text(raw)));
}

/// Of each column as its content wants it, its bar included.
std::vector<int> wanted_widths(const TextTable& table) {
  std::vector<int> widths;
  for (std::size_t at = 0; at < table.columns.size(); ++at) {
    const TextColumn& column = table.columns[at];
    const int bar = column.bar > 0 ? column.bar + 1 : 0;
    int text = column.least;
    for (const std::vector<TextCell>& row : table.rows) text = std::max(text, width_of_text(row[at].text));
    if (column.most > 0) text = std::min(text, column.most);
    widths.push_back(std::max(text + bar, width_of_text(column.title)));
  }
  return widths;
}

/// Those that go have a width of -1.
std::vector<int> fitted_widths(const TextTable& table, int room) {
  std::vector<int> widths = wanted_widths(table);
  const auto needed = [&] {
    int sum = std::min(widths.back(), std::max(least_last, table.columns.back().least));
    for (std::size_t at = 0; at + 1 < widths.size(); ++at) sum += widths[at] + 1;
    return sum;
  };
  while (needed() > room) {
    std::size_t gone = widths.size();
    for (std::size_t at = 0; at + 1 < widths.size(); ++at) {
      if (widths[at] < 0 || table.columns[at].spare == 0) continue;
      if (gone == widths.size() || table.columns[at].spare >= table.columns[gone].spare) gone = at;
    }
    if (gone == widths.size()) break;
    widths[gone] = -1;
  }
  return widths;
}

struct TableLine {
  Grid& grid;
  int row, begin, end;
  Symbols symbols;
};

void put_text(const TableLine& line, int column, int width, const TextColumn& how, std::string_view raw, Role role) {
  const int room = std::min(width, line.end - column);
  if (how.right) {
    line.grid.put_right(line.row, column + room, raw, room, role);
  } else {
    line.grid.put_cut(line.row, column, raw, room, role);
  }
}

/// Calls `put` with each column that is shown, where it begins, and its width.
template <class Put>
void each_column(const TableLine& line, const std::vector<int>& widths, Put put) {
  int column = line.begin;
  for (std::size_t at = 0; at < widths.size(); ++at) {
    if (widths[at] < 0) continue;
    const int width = at + 1 == widths.size() ? line.end - column : widths[at];
    if (column < line.end) put(at, column, width);
    column += width + 1;
  }
}

void draw_table_row(const TableLine& line, const TextTable& table, const std::vector<int>& widths, std::size_t row) {
  each_column(line, widths, [&](std::size_t at, int column, int width) {
    const TextColumn& how = table.columns[at];
    const TextCell& cell = table.rows[row][at];
    if (how.bar > 0) {
      const int bar = std::min(how.bar, line.end - column);
      draw_bar(line.grid, line.row, column, bar, cell.share, line.symbols);
      column += how.bar + 1;
      width -= how.bar + 1;
    }
    put_text(line, column, width, how, cell.text, cell.role);
  });
}

bool has_text(const std::vector<TextCell>& row, std::string_view part) {
  return std::ranges::any_of(row, [&](const TextCell& cell) { return tui::has_text(cell.text, part); });
}

}  // namespace

void draw_table(Grid& grid, Rect where, const TextTable& table, const ViewState& state, std::size_t top) {
  if (where.rows <= 0 || where.columns <= 0 || table.columns.empty()) return;
  const std::vector<int> widths = fitted_widths(table, where.columns);
  TableLine line{.grid = grid,
                 .row = where.row,
                 .begin = where.column,
                 .end = where.column + where.columns,
                 .symbols = state.symbols};
  grid.clear({.row = where.row, .column = where.column, .rows = 1, .columns = where.columns}, Role::head);
  each_column(line, widths, [&](std::size_t at, int column, int width) {
    put_text(line, column, width, table.columns[at], table.columns[at].title, Role::head);
  });
  for (int shown = 1; shown < where.rows && top < table.rows.size(); ++shown, ++top) {
    line.row = where.row + shown;
    draw_table_row(line, table, widths, top);
    const Rect whole{.row = line.row, .column = where.column, .rows = 1, .columns = where.columns};
    if (!state.search.empty() && has_text(table.rows[top], state.search)) grid.paint(whole, Role::match);
    if (top < table.keys.size() && table.keys[top] == state.selected) grid.paint(whole, Role::selected);
  }
}

void keep_rows_with(TextTable& table, std::string_view filter) {
  TextTable kept{.columns = std::move(table.columns)};
  for (std::size_t at = 0; at < table.rows.size(); ++at) {
    if (!has_text(table.rows[at], filter)) continue;
    if (at < table.keys.size()) kept.keys.push_back(std::move(table.keys[at]));
    kept.rows.push_back(std::move(table.rows[at]));
  }
  table = std::move(kept);
}

void append_matches(std::vector<std::size_t>& matches, const TextTable& table, std::string_view search,
                    std::size_t first) {
  for (std::size_t at = 0; at < table.rows.size() && !search.empty(); ++at) {
    if (has_text(table.rows[at], search)) matches.push_back(first + at);
  }
}

TextCell text_cell(const Metric& metric, const format::Cell& cell, format::Paint paint) {
  const bool quiet = std::holds_alternative<Presence>(cell) || is_nothing(metric, cell);
  return {.text = cell_text(metric, cell), .role = quiet ? Role::dim : role_of(paint)};
}

TextColumn text_column(const Metric& metric) {
  return {.title = std::string(metric.title), .least = metric.width, .right = is_right_aligned(metric)};
}

}  // namespace vigie::tui
