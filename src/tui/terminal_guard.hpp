// A terminal that is as it was before, however the program ends.
#pragma once

namespace vigie::tui {

/// Remembers how the terminal of standard input is set now, and sees to it that a fatal signal, or the end by
/// std::terminate, leaves it so: the usual screen, a visible cursor, no colours. Forgets all that when it is gone. One
/// at a time.
class TerminalGuard {
 public:
  TerminalGuard();
  TerminalGuard(const TerminalGuard&) = delete;
  TerminalGuard& operator=(const TerminalGuard&) = delete;
  ~TerminalGuard();
};

}  // namespace vigie::tui
