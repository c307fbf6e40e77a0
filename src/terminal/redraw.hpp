// A screen written as the bytes that draw it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "terminal/screen_state.hpp"

namespace vigie::terminal {

/// The terminal to draw on, and the scrollback that it lacks.
struct RedrawFor {
  int rows = 1, columns = 2;
  std::size_t scrollback_lines = 0;  ///< so many of the latest lines that scrolled away are sent before the screen
};

/// Brings a terminal back to what programs expect to find: no mode on, main screen, cursor shown, nothing pending.
inline constexpr std::string_view terminal_reset =
    "\x18\x1b\\\x1b[>4m"                                             // ends a sequence that was begun
    "\x1b[?1047l\x1b[r\x1b[m\x1b(B\x1b)B\x0f"                        // main screen, whole, plain
    "\x1b[?1l\x1b>\x1b[?5l\x1b[?6l\x1b[?7h\x1b[?25h\x1b[4l\x1b[20l"  // keys and cursor
    "\x1b[?9l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1005l\x1b[?1006l\x1b[?1015l\x1b[?1016l"
    "\x1b[?1004l\x1b[?2004l\x1b[?2026l\x1b[0 q";

/// Not carried over: a character that the program's next bytes repeat (REP), titles that were put away and modes that
/// were saved.
[[nodiscard]] std::string redraw(const ScreenState& state, const RedrawFor& viewer);

/// One line with its colours, at most `columns` of it, without trailing blanks; ends in the style it began with, the
/// standard one.
void append_line(std::string& out, const Line& line, int columns, const ScreenState& state);

/// The characters of a cell, UTF-8; a space for a blank, nothing for the right half of a wide character.
void append_character(std::string& out, char32_t character, const std::vector<std::string>& clusters);

}  // namespace vigie::terminal
