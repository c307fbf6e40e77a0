// What covers a screen: the page of keys, a page of text, a question.
#pragma once

#include "tui/grid.hpp"
#include "tui/view_state.hpp"

namespace vigie::tui {

/// Every key, from the table; scrolls where it is longer than the screen.
void draw_help(Grid& grid, const ViewState& state);

/// The text of a page, folded between words; scrolls.
void draw_page(Grid& grid, const Page& page);

/// The question before an order, and the processes it is about.
void draw_question(Grid& grid, const ViewState& state);

/// What would be lost if the program ended now, and whether it is to end all the same.
void draw_leaving(Grid& grid, const ViewState& state);

}  // namespace vigie::tui
