// The last output of runs that are over: what a post mortem reads.
#pragma once

#include <string_view>

#include "model/snapshot.hpp"

namespace vigie {

/// Reads it for each supervised run that is over and whose name or id begins with `target`.
void add_log_tails(std::string_view target, Snapshot& snapshot);

}  // namespace vigie
