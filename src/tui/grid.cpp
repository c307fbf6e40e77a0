#include "tui/grid.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace vigie::tui {
namespace {

/// A terminal draws a character with so many marks at most (CCHARW_MAX of ncurses is 5, the character included).
constexpr std::size_t most_bytes_of_cell = 20;
constexpr std::size_t most_marks = 4;

std::size_t characters_in(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80; }));
}

}  // namespace

Grid::Grid(Size size) : size_{std::max(size.rows, 0), std::max(size.columns, 0)} {
  cells_.resize(static_cast<std::size_t>(size_.rows) * static_cast<std::size_t>(size_.columns));
}

void Grid::free(int row, int column) {
  if (!inside(row, column)) return;
  if (at(row, column).text.empty() && column > 0) cells_[index(row, column - 1)].text = " ";
  if (inside(row, column + 1) && at(row, column + 1).text.empty()) cells_[index(row, column + 1)].text = " ";
}

void Grid::set(int row, int column, std::string_view text, int width, Role role) {
  free(row, column);
  if (width == 2) free(row, column + 1);
  cells_[index(row, column)] = {std::string(text), role};
  if (width == 2) cells_[index(row, column + 1)] = {{}, role};
}

void Grid::add_mark(int row, int column, std::string_view mark) {
  while (inside(row, column) && at(row, column).text.empty()) --column;
  if (!inside(row, column)) return;
  std::string& text = cells_[index(row, column)].text;
  if (text.size() + mark.size() <= most_bytes_of_cell && characters_in(text) <= most_marks) text += mark;
}

int Grid::put(int row, int column, std::string_view raw, Role role, int width) {
  const std::string safe = safe_text(raw);
  const int end = width < 0 ? size_.columns : std::min(size_.columns, column + width);
  const int first = column;
  bool valid = true;
  for (std::size_t position = 0; position < safe.size();) {
    const std::size_t begin = position;
    (void)next_code_point(safe, position, valid);
    const std::string_view character = std::string_view(safe).substr(begin, position - begin);
    const int columns = static_cast<int>(display_width(character));
    if (column + columns > end) break;
    if (columns == 0) {
      if (column > first) add_mark(row, column - 1, character);
    } else if (inside(row, column)) {
      set(row, column, character, columns, role);
    }
    column += columns;
  }
  return column;
}

int Grid::put_cut(int row, int column, std::string_view raw, int width, Role role) {
  const int room = std::min(width, size_.columns - column);
  if (room <= 0) return column;
  return put(row, column, cut_to_width(safe_text(raw), static_cast<std::size_t>(room)), role, room);
}

void Grid::put_right(int row, int end, std::string_view raw, int width, Role role) {
  if (width <= 0) return;
  const std::string text = cut_to_width(safe_text(raw), static_cast<std::size_t>(width));
  put(row, end - static_cast<int>(display_width(text)), text, role);
}

Rect Grid::within(Rect where) const {
  const int row = std::clamp(where.row, 0, size_.rows), column = std::clamp(where.column, 0, size_.columns);
  const int end_row = std::clamp(where.row + std::max(where.rows, 0), row, size_.rows);
  const int end_column = std::clamp(where.column + std::max(where.columns, 0), column, size_.columns);
  return {.row = row, .column = column, .rows = end_row - row, .columns = end_column - column};
}

void Grid::paint(Rect where, Role role) {
  const Rect inner = within(where);
  for (int row = inner.row; row < inner.row + inner.rows; ++row) {
    for (int column = inner.column; column < inner.column + inner.columns; ++column)
      cells_[index(row, column)].role = role;
  }
}

void Grid::clear(Rect where, Role role) {
  const Rect inner = within(where);
  for (int row = inner.row; row < inner.row + inner.rows; ++row) {
    for (int column = inner.column; column < inner.column + inner.columns; ++column) set(row, column, " ", 1, role);
  }
}

void Grid::place(int row, int column, const Grid& part) {
  for (int part_row = 0; part_row < part.rows(); ++part_row) {
    for (int part_column = 0; part_column < part.columns(); ++part_column) {
      const Cell& cell = part.at(part_row, part_column);
      const bool wide = part_column + 1 < part.columns() && part.at(part_row, part_column + 1).text.empty();
      const int to_row = row + part_row, to_column = column + part_column;
      if (cell.text.empty() || !inside(to_row, to_column)) continue;
      const bool fits = !wide || inside(to_row, to_column + 1);
      set(to_row, to_column, fits ? std::string_view(cell.text) : " ", fits && wide ? 2 : 1, cell.role);
    }
  }
}

std::string Grid::text(int row) const {
  std::string text;
  for (int column = 0; column < size_.columns; ++column) text += at(row, column).text;
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

}  // namespace vigie::tui
