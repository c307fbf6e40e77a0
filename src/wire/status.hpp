// What a live recorder says about its run when asked over its socket.
#pragma once

#include <optional>

#include "base/result.hpp"
#include "model/run.hpp"

namespace vigie::wire {

/// Asks the recorder of this run for its progress. Waits at most `timeout_seconds`. Absent when the recorder knows none
/// yet (unknown), does not answer in time, or is gone (stale value from the record when there is one).
[[nodiscard]] Reading<Progress> ask_progress(const RunRecord& record, double timeout_seconds = 0.2);

}  // namespace vigie::wire
