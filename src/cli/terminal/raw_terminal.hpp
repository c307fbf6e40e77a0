// The user's terminal while it shows a run's.
#pragma once

#include <sys/types.h>
#include <termios.h>

#include <csignal>
#include <string_view>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "terminal/settings_watch.hpp"
#include "wire/attach_stream.hpp"

namespace vigie::cli {

/// Standard input and output in raw mode, until destruction. Signals that would end or stop vigie are blocked except
/// while it waits, so that the terminal is always put back.
class RawTerminal {
 public:
  /// Fails when standard input or output is no terminal.
  static Result<void> check();
  /// `plain` is for terminals that know no escape sequences. Others have `title` until the program gives them one.
  RawTerminal(bool plain, std::string_view title);
  ~RawTerminal();
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

  /// Raw mode again, after another program had the terminal (SIGCONT).
  void enter() const;
  /// The size, never 0: 24 rows of 80 columns where the terminal does not know.
  [[nodiscard]] static wire::TerminalSize size();
  /// As much of `bytes` as the terminal takes without a wait. Negative: errno says why, EAGAIN that it takes nothing
  /// now.
  [[nodiscard]] ssize_t write(std::string_view bytes);
  /// Signals to wait with (ppoll(2)).
  [[nodiscard]] const sigset_t& waiting_mask() const { return before_; }
  /// The signal that came last, once; 0 for none.
  [[nodiscard]] static int take_signal();

 private:
  [[nodiscard]] ssize_t put(std::string_view bytes) const;
  [[nodiscard]] bool write_soon(std::string_view bytes) const;
  static void hear_out();

  termios settings_{};
  sigset_t before_{};
  Fd output_;  ///< the same terminal, non-blocking; empty where it may not be opened once more
  bool plain_;
  terminal::SettingsWatch watch_;  ///< of what is written
};

}  // namespace vigie::cli
