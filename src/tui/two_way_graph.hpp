// A graph of two directions on one scale: one grows up, the other down.
#pragma once

#include <string_view>

#include "tui/graph.hpp"
#include "tui/view_state.hpp"
#include "tui/window.hpp"

namespace vigie::tui {

/// Bytes a second.
struct TwoWay {
  std::string_view title, up_name, down_name;
  Series up, down;
};

/// The numbers of now and the scale stand in the first row, the graph below. Less than three rows: the numbers alone.
void draw_two_way(Grid& grid, Rect where, const TwoWay& what, const Window& window, const ViewState& state);

}  // namespace vigie::tui
