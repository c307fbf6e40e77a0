// Diagnosis: rules over a window of frames; pure.
#pragma once

#include <span>
#include <vector>

#include "model/finding.hpp"
#include "model/frame.hpp"
#include "rules/host_subject.hpp"

namespace vigie::rules {

/// Findings for every live run of the newest frame and for the host, the likeliest cause first for each, in the order
/// of decision: a cause that looks like others comes before them. The newest frame's delta must cover the window and
/// hold state shares for the rules that need them; the frames before it, oldest first, are moments within the window or
/// before it. A rule whose evidence is absent stays silent. Runs that are over get a post mortem where their last
/// output was read.
[[nodiscard]] std::vector<Finding> judge(std::span<const Frame> window);

/// The runs that began too recently to be judged by what they do: of these judge() tells only findings that hold at any
/// age, or that are about what they hold.
[[nodiscard]] std::vector<TooEarly> too_early(const Frame& newest);

/// What rules suspect of runs that are alive, and would need a longer look for.
[[nodiscard]] std::vector<Suspicion> suspicions(std::span<const Frame> window);

/// Seconds of looking, beyond those that the window has, after which a rule could be sure of what it suspects; 0 when
/// none does.
[[nodiscard]] double more_seconds_wanted(std::span<const Frame> window);

}  // namespace vigie::rules
