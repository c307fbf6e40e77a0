// The cause of a run's end, from how it ended and what it printed last; pure.
#pragma once

#include <optional>

#include "model/finding.hpp"
#include "model/frame.hpp"

namespace vigie::rules {

/// About a run that is over: nothing when it ended well, was stopped on request, or its last output was not read.
[[nodiscard]] std::optional<Finding> post_mortem(const Frame& frame, const Run& run);

}  // namespace vigie::rules
