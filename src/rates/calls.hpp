// Counts of system calls seen -> their shares of an interval; pure.
#pragma once

#include <vector>

#include "model/call.hpp"

namespace vigie {

/// Shares of the calls seen after `earlier` (nullptr: from the first look on), most first; a call not seen since is
/// left out. Absent: as `later` is; went_backwards when a counter did; unknown when there was no look in between.
[[nodiscard]] Reading<std::vector<CallShare>> call_shares(const CallCounts* earlier, const Reading<CallCounts>& later);

}  // namespace vigie
