// The runs and ancestors of processes that ended since the scan before; pure.
#pragma once

#include <sys/types.h>

#include <vector>

#include "model/run.hpp"
#include "model/snapshot.hpp"

namespace vigie {

/// The parents of each of the snapshot's ended processes, nearest first, as far as they are known: through others that
/// ended, then through those alive. Parallel to Snapshot::ended.
[[nodiscard]] std::vector<std::vector<pid_t>> ancestors_of_ended(const Snapshot& snapshot);

/// The run that each of them belonged to: the one of its nearest ancestor that has one, or of its session. Indices into
/// RunView::runs, -1 for none.
[[nodiscard]] std::vector<int> runs_of_ended(const Snapshot& snapshot, const RunView& view,
                                             const std::vector<std::vector<pid_t>>& ancestors);

}  // namespace vigie
