// When a run that ended is started again.
#pragma once

#include <optional>
#include <string>

#include "model/run.hpp"

namespace vigie::keep {

/// The record of the attempt that follows `ended` (its exit is known, nothing of it is alive): state queued until the
/// pause is over. Nothing when no attempt follows: the policy does not ask for it, it was a success, the limit is
/// reached, the user stopped it, or it must not be executed again.
[[nodiscard]] std::optional<RunRecord> next_attempt(const RunRecord& ended, std::int64_t wall_ns);

/// Why the command of this run must not be executed again: it was adopted, and its process had other rights than the
/// user who would start it (see control/rights). A clause for people; empty: it may be.
[[nodiscard]] std::string why_never_again(const RunRecord& record);

/// The same run once more from its beginning, as `vigie restart` asks: one attempt further, without the results of the
/// last one.
[[nodiscard]] RunRecord started_again(const RunRecord& ended);

}  // namespace vigie::keep
