// Progress that stands still; pure.
#pragma once

#include <cstdint>
#include <optional>

#include "model/run.hpp"

namespace vigie::rules {

/// Seconds since the progress last moved; nothing when it has not begun to, or is done.
[[nodiscard]] std::optional<double> standing_still(const Progress& progress, std::int64_t now_wall_ns);
/// After so long without progress something must be wrong: some multiple of the longest pause that it ever made.
[[nodiscard]] double patience_with(const Progress& progress);
/// How long a step of it takes at most, as far as is known: the longest pause that it made, else as its bar says.
[[nodiscard]] std::optional<double> usual_pause(const Progress& progress);
/// Seconds since the progress last moved, when that is by far longer than it ever was. While no pause of it is known,
/// one line does not tell when the next is due, except for a run that is `silent`, which uses no CPU.
[[nodiscard]] std::optional<double> stalled_seconds(const Progress& progress, std::int64_t now_wall_ns,
                                                    bool silent = false);

}  // namespace vigie::rules
