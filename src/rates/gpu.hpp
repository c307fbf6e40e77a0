// What two looks at the GPUs tell; pure.
#pragma once

#include "model/gpu.hpp"
#include "model/snapshot.hpp"

namespace vigie {

/// Rates of each GPU of the later snapshot. Without an earlier one, or time in between, each is first_sight.
[[nodiscard]] GpuDelta diff_gpus(const Snapshot* previous, const Snapshot& current, double elapsed_seconds);

}  // namespace vigie
