// Which processes of a snapshot are followed until the next.
#pragma once

#include <sys/types.h>

#include <vector>

#include "model/run.hpp"
#include "model/snapshot.hpp"
#include "sources/proc/state_sampler.hpp"

namespace vigie {

/// The members of runs.
struct Members {
  std::vector<pid_t> all;          ///< ascending
  std::vector<ProcessId> watched;  ///< those to be looked at often
  std::vector<proc::Below> below;  ///< each member of a run, and those of the run that it is below
};

/// Watches as many as can be looked at often, first those whose waiting tells about a training.
[[nodiscard]] Members members_of(const Snapshot& snapshot, const RunView& view);

}  // namespace vigie
