// The keys that detach from a run's terminal.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace vigie::cli {

/// Finds the detach keys among what is typed. Keys may come as a byte each, or, where the program asked the terminal
/// for it, as the sequences by which xterm and kitty tell modified keys.
class DetachKeys {
 public:
  /// "ctrl-b,d": a letter, or ctrl- and one of a to z @ [ \ ] ^ _; separated by commas, at most eight.
  static Result<DetachKeys> parse(std::string_view text);

  struct Found {
    std::string typed;  ///< what is for the run
    bool detach = false;
  };
  /// What was begun is held back until the next key. The first key twice is that key once, for the run.
  [[nodiscard]] Found read(std::string_view input);

 private:
  std::string keys_;  ///< as bytes
  std::size_t matched_ = 0;
  std::string held_;  ///< the bytes of what matched
};

}  // namespace vigie::cli
