// Recognition of runs and of roles; pure.
#pragma once

#include "model/run.hpp"
#include "model/snapshot.hpp"

namespace vigie {

/// Groups the snapshot's processes into runs: supervised ones by their holder's descendants and by VIGIE_RUN_ID in
/// their environment, observed ones by framework libraries, launchers and distributed-training variables.
[[nodiscard]] RunView recognise(const Snapshot& snapshot);

}  // namespace vigie
