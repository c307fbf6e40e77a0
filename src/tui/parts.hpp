// How a screen shares its rows among its parts, and the line that begins each part.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "tui/grid.hpp"
#include "tui/window.hpp"

namespace vigie::tui {

/// Rows of a part of a screen.
struct RowsWanted {
  int least = 0;  ///< with fewer it says nothing
  int fair = 0;   ///< with so many it says what matters; 0: the least does
  int most = 0;   ///< it could fill
};

/// The rows of each part. The parts are in the order of their importance: each is given the least that it needs, or
/// nothing where that does not fit any more; then what is fair, while there is some. The rest goes round, a row at a
/// time, to those that were given something.
[[nodiscard]] std::vector<int> share_rows(int rows, std::span<const RowsWanted> parts);

/// The same frame with as many of the newest moments as a graph of so many columns can show: what is older costs
/// nothing.
[[nodiscard]] Window shown_part(const Window& window, int columns);

/// The line that begins a part: its title, and at the right what is to be known of it. Both raw.
void draw_heading(Grid& grid, int row, std::string_view title, std::string_view note = {});

}  // namespace vigie::tui
