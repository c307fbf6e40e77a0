// A terminal, by ncurses: only cells that changed are written.
#pragma once

#include <memory>

#include "tui/display.hpp"

namespace vigie::tui {

/// Takes the terminal of standard input and output. The terminal is as before when the object is gone, and when the
/// program dies of a signal. Signals that concern the terminal (WINCH, TSTP, CONT, HUP, INT, TERM) become events from
/// here on: they are blocked in this thread and in those that it starts later. One at a time.
/// Kind usage: there is no terminal, it has no size, or it cannot move its cursor. `colours`: as many as it has.
Result<std::unique_ptr<Display>> open_terminal(bool colours);

}  // namespace vigie::tui
