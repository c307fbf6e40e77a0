// The keys that detach from a run's terminal.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace vigie::terminal {

/// Finds the detach keys among what is typed. Keys may come as a byte each, or, where the program asked the terminal
/// for it, as the sequences by which xterm and kitty tell keys with their modifiers, locks and releases.
class DetachKeys {
 public:
  /// "ctrl-b,d": a letter, or ctrl- and one of a to z @ [ \ ] ^ _; separated by commas, at most eight.
  static Result<DetachKeys> parse(std::string_view text);
  /// For people: "Ctrl-b d".
  [[nodiscard]] std::string text() const;

  struct Found {
    std::string typed;  ///< what is for the run
    bool detach = false;
  };
  /// Keys that may begin the sequence are held back until the next key. The first key twice is that key once, for the
  /// run.
  [[nodiscard]] Found read(std::string_view input);

 private:
  void match(std::string_view bytes, char byte, Found& found);

  std::string keys_;  ///< as bytes
  std::size_t matched_ = 0;
  std::string held_;  ///< the bytes of what matched
  std::string cut_;   ///< the beginning of a sequence whose end is still to come
};

}  // namespace vigie::terminal
