// The processes above another one. The parents come from files that may be saved, recorded or made up, and a host
// changes while it is read: they may go round in a circle.
#pragma once

#include <cstddef>

#include "model/snapshot.hpp"

namespace vigie {

/// No tree of processes is so deep.
inline constexpr std::size_t most_ancestors = 1000;

/// Calls `each` with the processes above `process`, the parent first, until it returns false. Ends after
/// most_ancestors of them, or where it would come back to `process`.
template <class Each>
void for_each_ancestor(const Snapshot& snapshot, const ProcessSample& process, Each each) {
  const ProcessSample* above = &process;
  for (std::size_t passed = 0; passed < most_ancestors; ++passed) {
    above = snapshot.find_pid(above->ppid);
    if (above == nullptr || above == &process || !each(*above)) return;
  }
}

}  // namespace vigie
