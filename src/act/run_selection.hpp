// Which runs `vigie ls` is about: by name, id or command line, and by state.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "act/pattern.hpp"
#include "base/result.hpp"
#include "model/run.hpp"

namespace vigie::act {

class RunSelection {
 public:
  /// As written on the command line; empty: every run. Kind usage when the pattern is none, or there is no such state.
  static Result<RunSelection> of(const std::string& pattern, const std::vector<std::string>& states);

  [[nodiscard]] bool wants(const Run& run) const;
  [[nodiscard]] bool everything() const { return !pattern_ && states_.empty(); }

 private:
  std::optional<Pattern> pattern_;
  std::vector<RunState> states_;
};

}  // namespace vigie::act
