// Rates: a pure function of two snapshots.
#pragma once

#include "model/delta.hpp"
#include "model/snapshot.hpp"

namespace vigie {

/// What changed from `previous` to `current`. `previous` may be nullptr (first sight): rates are then absent. A process
/// first seen in `current` but started within the interval gets rates over its life, as its counters began at zero.
/// cpu_percent is never above 100 x min(threads, online CPUs) beyond one tick's rounding.
[[nodiscard]] Delta diff(const Snapshot* previous, const Snapshot& current);

}  // namespace vigie
