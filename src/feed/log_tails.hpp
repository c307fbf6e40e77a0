// The last output of runs: a post mortem reads it of a run that is over; of a live run it may be a question.
#pragma once

#include <string_view>

#include "model/snapshot.hpp"

namespace vigie {

/// Reads it for each supervised run that is over and whose name or id begins with `target`, and the last lines of each
/// that is alive here.
void add_log_tails(std::string_view target, Snapshot& snapshot);

}  // namespace vigie
