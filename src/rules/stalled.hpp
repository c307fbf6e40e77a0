// Progress that stands still; pure.
#pragma once

#include <cstdint>
#include <optional>

#include "model/run.hpp"

namespace vigie {

/// Seconds since the progress last moved; nothing when it has not begun to, or is done.
[[nodiscard]] std::optional<double> standing_still(const Progress& progress, std::int64_t now_wall_ns);
/// After so long without progress something must be wrong: some multiple of the longest pause that it ever made.
[[nodiscard]] double patience_with(const Progress& progress);
/// Seconds since the progress last moved, when that is longer than it ever was by far. Nothing while no pause of it is
/// known: one line says nothing of when the next is due.
[[nodiscard]] std::optional<double> stalled_seconds(const Progress& progress, std::int64_t now_wall_ns);

}  // namespace vigie
