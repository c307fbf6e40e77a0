// Diagnosis: rules over a window of frames; pure.
#pragma once

#include <span>
#include <vector>

#include "model/finding.hpp"
#include "model/frame.hpp"

namespace vigie {

/// Findings for every live run of the newest frame, the likeliest first for each run (diagnosis order: stopped before
/// loader). The newest frame's delta must cover the window and hold state shares for the rules that need them; a rule
/// whose evidence is absent stays silent.
[[nodiscard]] std::vector<Finding> judge(std::span<const Frame> window);

}  // namespace vigie
