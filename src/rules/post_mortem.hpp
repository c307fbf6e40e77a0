// What ended a run, from how it ended and what it said last; pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/finding.hpp"
#include "model/frame.hpp"

namespace vigie {

/// About a run that is over: nothing when it ended well, was stopped on request, or its last output was not read.
[[nodiscard]] std::optional<Finding> post_mortem(const Frame& frame, const Run& run);

/// The last Python traceback in an output.
struct Traceback {
  std::string error;  ///< "RuntimeError: ..."
  std::string where;  ///< "train.py:42 in step": the innermost line of the program's own, or of all
};
[[nodiscard]] std::optional<Traceback> last_traceback(std::string_view output);

}  // namespace vigie
