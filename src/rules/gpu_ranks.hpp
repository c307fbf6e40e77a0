// Ranks that wait for each other on their GPUs. NCCL's kernels spin until everybody has come, and the threads that
// launched them spin, too: processes look busy, and only the GPUs tell who waits.
#pragma once

#include "rules/case.hpp"

namespace vigie::rules {

/// rank-straggler by the GPUs of the ranks: all are busy all the time but one.
[[nodiscard]] std::optional<Finding> straggler_by_gpu(const Case& run);
/// collective-wait by them: all are "busy", and none moves any data.
[[nodiscard]] std::optional<Finding> collective_wait_by_gpu(const Case& run);

}  // namespace vigie::rules
