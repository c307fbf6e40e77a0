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

/// A write to a terminal whose other side does not read waits for ever, and meanwhile nothing asks whether the program
/// should end.
/// While this lives, SIGTERM, SIGHUP, SIGINT and SIGQUIT end the program at once, with status 0 and the terminal as it
/// was; what it has not taken is thrown away. With a limit of seconds the program ends when they are over, too.
class EndableWrite {
 public:
  explicit EndableWrite(unsigned limit_seconds = 0);
  EndableWrite(const EndableWrite&) = delete;
  EndableWrite& operator=(const EndableWrite&) = delete;
  ~EndableWrite();
};

}  // namespace vigie::tui
