// What the keys of the table and the rest of the state machine share.
#pragma once

#include <cstddef>

#include "tui/keys.hpp"

namespace vigie::tui {

/// Where the cursor is among the rows, or was when its row was still there.
[[nodiscard]] std::size_t cursor_of(const ViewState& state, const Picture& picture);
/// What the filter hides is under no cursor. A screen about one run is that run where no row is chosen.
[[nodiscard]] RowKey row_under_cursor(const ViewState& state, const Picture& picture);
/// Puts it on the row there, or on the last one.
void select(Pressed& pressed, std::size_t position);

void show_screen(ViewState& state, const ScreenView& screen);

/// What was searched for is in no row.
void say_not_found(ViewState& state);

/// Opens the question of state.order, whose plan is asked for.
void ask(Pressed& pressed);

}  // namespace vigie::tui
