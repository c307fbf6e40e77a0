// What this host allows vigie, how processes are sampled here and why, and what vigie itself costs.
#pragma once

#include <vector>

#include "base/root.hpp"
#include "model/capability.hpp"
#include "model/snapshot.hpp"

namespace vigie {

/// Appends every capability; of a saved host those that its files tell. Scans all processes a few times to measure each
/// way of sampling. One that fails is a row that says so.
SourceStatus examine(const Root& root, std::vector<Capability>& capabilities);

}  // namespace vigie
