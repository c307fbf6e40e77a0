// For tests alone: what draws a screen anew.
#pragma once

#include <string>

#include "terminal/screen.hpp"

namespace vigie::terminal {

inline std::string drawn(const Screen& screen, std::size_t scrollback = 100) {
  return screen.redraw({.rows = screen.rows(), .columns = screen.columns(), .scrollback_lines = scrollback});
}

}  // namespace vigie::terminal
