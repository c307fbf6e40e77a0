#include "tui/two_way_graph.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "tui/reading_text.hpp"

namespace vigie::tui {
namespace {

constexpr double least_scale = 64 * 1024;

Reading<double> newest(const Series& series) {
  return series.empty() ? Reading<double>(Presence::first_sight) : series.back();
}

/// The part that so many columns show: a scale is of nothing else.
std::span<const Reading<double>> shown_part(const Series& series, int columns, const GraphWish& wish) {
  const std::size_t count = std::min(series.size(), values_in(columns, wish));
  return std::span(series).last(count);
}

}  // namespace

void draw_two_way(Grid& grid, Rect where, const TwoWay& what, const Window& window, const ViewState& state) {
  if (where.rows <= 0) return;
  GraphWish wish{.symbols = state.symbols, .first = window.first};
  const double most = std::max(largest(shown_part(what.up, where.columns, wish)).value_or(0),
                               largest(shown_part(what.down, where.columns, wish)).value_or(0));
  wish.top = scale_top_bytes(most, least_scale);
  const int end = where.column + where.columns;
  int column = grid.put(where.row, where.column, what.title, Role::title, where.columns);
  const std::string now = fmt::format("{} {}  {} {}", what.up_name, bytes_text(newest(what.up), "/s"), what.down_name,
                                      bytes_text(newest(what.down), "/s"));
  column = grid.put_cut(where.row, column + 1, now, end - column - 1, Role::strong);
  if (where.rows < 3) return;
  const std::string scale = fmt::format("scale {}", bytes_text(wish.top));
  if (column + 2 + static_cast<int>(scale.size()) <= end)
    grid.put_right(where.row, end, scale, end - column - 2, Role::dim);
  const int above = where.rows / 2, below = where.rows - 1 - above;
  draw_graph(grid, {.row = where.row + 1, .column = where.column, .rows = above, .columns = where.columns}, what.up,
             wish);
  wish.hangs = true;
  draw_graph(grid, {.row = where.row + 1 + above, .column = where.column, .rows = below, .columns = where.columns},
             what.down, wish);
}

}  // namespace vigie::tui
