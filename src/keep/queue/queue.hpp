// Waiting for one's turn: what a holder does before it starts its run.
#pragma once

#include <cstdint>
#include <functional>

#include "model/run.hpp"

namespace vigie::keep {

enum class QueueEnd : std::uint8_t {
  start,      ///< the record says starting
  cancelled,  ///< the record says how it ended
};

/// Waits until it is the turn of `record`, in state queued; answers clients meanwhile, and ends on a stop request.
/// Sleeps until another run of the user changes, ends or is lost, or the time has come; looks on a timer only for GPUs,
/// every three seconds while it waits for some. Two runs never take the same place: a lock is held for the decision.
/// The record is kept current on disk; `queued` is called once it says what the run waits for.
QueueEnd wait_for_turn(RunRecord& record, const std::function<void()>& queued);

}  // namespace vigie::keep
