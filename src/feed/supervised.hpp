// Supervised runs as part of a snapshot: their records, whether their keeper lives, and what its socket says.
#pragma once

#include "base/root.hpp"
#include "model/snapshot.hpp"

namespace vigie {

/// Fills `snapshot.supervised` from `records`, which must have been listed *before* the processes in `snapshot` were
/// scanned: a keeper missing there has then ended, and its record is read again for its last word. `ask` says whether
/// live keepers are asked for progress; otherwise it is not_read.
void add_supervised(const Root& root, std::vector<RunRecord> records, bool ask, Snapshot& snapshot);

/// Fills `snapshot.frozen` from the control groups of the runs of `records`.
void add_frozen(const Root& root, const std::vector<RunRecord>& records, Snapshot& snapshot);

}  // namespace vigie
