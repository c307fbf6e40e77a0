// One signal to a target; when vigie keeps it, its recorder is told beforehand.
#pragma once

#include <string>

#include "act/acting.hpp"
#include "base/result.hpp"

namespace vigie::act {

struct SignalWish {
  int signal = 0;
  bool whole_tree = false;  ///< to every process, once each; by default to the main process alone
};

[[nodiscard]] Act send_signal(const SignalWish& wish);

/// TERM, SIGTERM or 15; kind usage when it is none.
Result<int> parse_signal(const std::string& text);

}  // namespace vigie::act
