#include "tui/parts.hpp"

#include <algorithm>

namespace vigie::tui {

std::vector<int> share_rows(int rows, std::span<const RowsWanted> parts) {
  std::vector<int> given(parts.size());
  for (std::size_t at = 0; at < parts.size(); ++at) {
    const int needed = std::min(parts[at].least, parts[at].most);
    if (needed > rows) continue;
    given[at] = needed;
    rows -= needed;
  }
  const auto add = [&](std::size_t at, int most, int limit) {
    const int more =
        given[at] == 0 ? 0 : std::clamp(std::min(most, parts[at].most) - given[at], 0, std::min(limit, rows));
    given[at] += more;
    rows -= more;
    return more > 0;
  };
  for (std::size_t at = 0; at < parts.size(); ++at) add(at, parts[at].fair, rows);
  for (bool more = true; more;) {
    more = false;
    for (std::size_t at = 0; at < parts.size(); ++at) more = add(at, parts[at].most, 1) || more;
  }
  return given;
}

Window shown_part(const Window& window, int columns) {
  Window part = window;
  const std::size_t count = std::min(window.moments.size(), values_in(columns, {}));
  part.first += window.moments.size() - count;
  part.moments = window.moments.last(count);
  return part;
}

void draw_heading(Grid& grid, int row, std::string_view title, std::string_view note) {
  const int column = grid.put_cut(row, 0, title, grid.columns(), Role::title);
  grid.put_right(row, grid.columns(), note, grid.columns() - column - 2, Role::dim);
}

}  // namespace vigie::tui
