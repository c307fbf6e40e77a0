// Rates of control groups: a pure function of two snapshots.
#pragma once

#include <vector>

#include "model/delta.hpp"
#include "model/snapshot.hpp"

namespace vigie {

/// What changed in the groups of the processes in `current.details`, in their order; empty when none of them was asked
/// for its group. A process that moved to another group, or is under another group's quota, has no rate yet.
[[nodiscard]] std::vector<CgroupRates> diff_cgroups(const Snapshot* previous, const Snapshot& current);

}  // namespace vigie
