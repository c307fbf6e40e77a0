// One line a GPU: use, memory, power, heat, and what holds it down.
#pragma once

#include "tui/grid.hpp"
#include "tui/view_state.hpp"
#include "tui/window.hpp"

namespace vigie::tui {

/// Draws at most so many rows from there on; returns how many. Hosts without GPUs take none.
int draw_gpu_lines(Grid& grid, int row, int rows, const Window& window, const ViewState& state);

}  // namespace vigie::tui
