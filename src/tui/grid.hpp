// What a screen draws on: rows and columns of cells. Whatever is put on it, nothing leaves its bounds, no wide
// character is cut in half, and nothing reaches a terminal raw.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tui/style.hpp"

namespace vigie::tui {

struct Size {
  int rows = 0, columns = 0;
  bool operator==(const Size&) const = default;
};

struct Rect {
  int row = 0, column = 0, rows = 0, columns = 0;
};

/// One column of one row.
struct Cell {
  std::string text = " ";  ///< UTF-8: one character and its marks; empty: the right half of the wide one before it
  Role role = Role::normal;
  bool operator==(const Cell&) const = default;
};

class Grid {
 public:
  /// Blank; sizes below 0 count as 0.
  explicit Grid(Size size);

  [[nodiscard]] Size size() const { return size_; }
  [[nodiscard]] int rows() const { return size_.rows; }
  [[nodiscard]] int columns() const { return size_.columns; }
  /// Within the grid alone.
  [[nodiscard]] const Cell& at(int row, int column) const { return cells_[index(row, column)]; }
  [[nodiscard]] const std::vector<Cell>& cells() const { return cells_; }

  /// Raw text from there on, escaped (base/text.hpp), as far as the row and `width` columns (below 0: any) reach.
  /// Returns the column behind it. A row or a column outside is no error: what is outside is not drawn.
  int put(int row, int column, std::string_view raw, Role role = Role::normal, int width = -1);
  /// The same; if something has to be cut, its last column is "…".
  int put_cut(int row, int column, std::string_view raw, int width, Role role = Role::normal);
  /// The same, ending before that column; text that is wider than `width` is cut as in put_cut().
  void put_right(int row, int end, std::string_view raw, int width, Role role = Role::normal);

  /// Gives cells another role and leaves their text.
  void paint(Rect where, Role role);
  /// Blanks cells.
  void clear(Rect where, Role role = Role::normal);
  /// Another grid's cells over these, from there on.
  void place(int row, int column, const Grid& part);

  /// The text of a row without blanks at its end.
  [[nodiscard]] std::string text(int row) const;

  bool operator==(const Grid&) const = default;

 private:
  [[nodiscard]] std::size_t index(int row, int column) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(size_.columns) + static_cast<std::size_t>(column);
  }
  [[nodiscard]] bool inside(int row, int column) const {
    return row >= 0 && row < size_.rows && column >= 0 && column < size_.columns;
  }
  [[nodiscard]] Rect within(Rect where) const;
  void set(int row, int column, std::string_view text, int width, Role role);
  /// What a write at `column` would leave half of becomes blank.
  void free(int row, int column);
  void add_mark(int row, int column, std::string_view mark);

  Size size_;
  std::vector<Cell> cells_;
};

}  // namespace vigie::tui
