// By which description of terminfo(5) the terminal is drawn on.
#pragma once

#include <string>

#include "base/result.hpp"

namespace vigie::tui {

struct TerminalName {
  std::string name;
  std::string remark;  ///< safe: what the user should know of it; empty: it is the terminal's own
};

/// What TERM says, and where that is unknown here (a new terminal, over SSH) xterm-256color. Kind usage: none of them
/// can move the cursor.
[[nodiscard]] Result<TerminalName> choose_terminal();

}  // namespace vigie::tui
