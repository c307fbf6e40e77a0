// What changed in depth between two snapshots; pure.
#pragma once

#include "model/delta.hpp"
#include "model/snapshot.hpp"

namespace vigie {

/// Fills the part of `delta` that is about the snapshots' details. `previous` may be nullptr: then all is first sight.
void diff_details(const Snapshot* previous, const Snapshot& current, Delta& delta);

}  // namespace vigie
