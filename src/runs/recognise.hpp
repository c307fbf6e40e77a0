// Recognition of runs and of roles; pure.
#pragma once

#include <optional>

#include "model/run.hpp"
#include "model/snapshot.hpp"

namespace vigie {

/// Whether a process that only looks like a training, as its libraries may not be seen, is taken for one.
enum class Guess : bool { no, yes };

/// Groups the snapshot's processes into runs: supervised ones by their holder's descendants and by VIGIE_RUN_ID in
/// their environment, observed ones by framework libraries, launchers and distributed-training variables.
/// The process `asked` and all below it count as an observed run, too, when it is of none.
[[nodiscard]] RunView recognise(const Snapshot& snapshot, std::optional<ProcessId> asked = std::nullopt,
                                Guess guess = Guess::no);

}  // namespace vigie
