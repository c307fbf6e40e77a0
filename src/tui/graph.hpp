// Graphs, bars and sparklines of cells. Magnitude has the colours of the gradient; what is not known is a gap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/reading.hpp"
#include "tui/grid.hpp"

namespace vigie::tui {

/// What graphs are made of.
enum class Symbols : std::uint8_t {
  braille,  ///< 2 × 4 dots a cell
  block,    ///< eighths of a cell
  ascii,
};
[[nodiscard]] std::optional<Symbols> symbols_named(std::string_view name);

/// Values over time, newest last.
using Series = std::vector<Reading<double>>;

/// The largest known value; absent when none is.
[[nodiscard]] Reading<double> largest(std::span<const Reading<double>> values);

/// The end of a scale that has room for `largest`: 1, 2 or 5 times a power of ten, at least `least`. So a scale changes
/// seldom, and by much.
[[nodiscard]] double scale_top(double largest, double least = 1);
/// The same in powers of 1024: 1, 2, 4, …, 512 K, M, G.
[[nodiscard]] double scale_top_bytes(double largest, double least = 1024);

/// Values by groups of `group`, each the largest of its own, so that spikes stay. A group that is not full is at the
/// front and at the end: `first` is how many values there were before these, so that groups stay the same while values
/// leave at the front, and a graph scrolls instead of flickering.
[[nodiscard]] Series resampled(std::span<const Reading<double>> values, std::size_t group, std::uint64_t first = 0);

struct GraphWish {
  Symbols symbols = Symbols::braille;
  double top = 100;         ///< the value at the upper edge
  std::size_t group = 1;    ///< so many values share a column of dots
  std::uint64_t first = 0;  ///< as in resampled()
  bool hangs = false;       ///< grows down from the upper edge: the lower half of a graph of two directions
};

/// How many values a graph of so many columns shows.
[[nodiscard]] std::size_t values_in(int columns, const GraphWish& wish);

/// A filled graph, the newest value at the right edge. A known value above 0 has one dot at least; an absent one none.
void draw_graph(Grid& grid, Rect where, std::span<const Reading<double>> values, const GraphWish& wish);

/// One row high, each cell in the colour of its value.
void draw_sparkline(Grid& grid, int row, int column, int columns, std::span<const Reading<double>> values,
                    const GraphWish& wish);

/// A bar whose filled part is `share` (0 to 1) of its columns; absent: no part of it is filled and a "?"
/// stands in it. `role`: one colour for all of it; else each cell has that of its place.
void draw_bar(Grid& grid, int row, int column, int columns, const Reading<double>& share, Symbols symbols,
              std::optional<Role> role = {});

}  // namespace vigie::tui
