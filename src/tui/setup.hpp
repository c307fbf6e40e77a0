// The page F2: which columns the list of processes has, and what vigie top itself costs.
#pragma once

#include <optional>

#include "tui/event.hpp"
#include "tui/grid.hpp"
#include "tui/own_cost.hpp"
#include "tui/view_state.hpp"

namespace vigie::tui {

void draw_setup(Grid& grid, const ViewState& state, const std::optional<OwnCost>& cost);

/// Up and down choose a column, Space ticks it; any other key goes back.
void press_setup(ViewState& state, const Key& key);

}  // namespace vigie::tui
