// The ranks of a distributed training, which wait for each other in every step: by their threads, and by their GPUs.
// NCCL's kernels spin until every rank has come, and the threads that launched them spin, too: there processes look
// busy, and only the GPUs tell which rank waits.
#pragma once

#include <algorithm>
#include <vector>

#include "rules/case.hpp"
#include "rules/facts/gpu_facts.hpp"

namespace vigie::rules {

struct Rank {
  const Member* member = nullptr;
  const StateShares* shares = nullptr;

  /// Not able to go on for a reason of its own: a disk, a stop, a sleep that it asked for, or work.
  [[nodiscard]] double own_business() const {
    return shares->running + shares->disk + shares->stopped + shares->in_timer;
  }
  [[nodiscard]] double waits() const { return std::max(0.0, shares->asleep - shares->in_timer); }
};
/// Every rank; empty when one of them was not looked at often enough: it may be the one that holds the others up.
[[nodiscard]] std::vector<Rank> ranks_of(const Case& run);

struct RankOnGpu {
  const Member* member = nullptr;
  GpuFacts gpu;
};
/// Each rank with the GPU that it has alone; empty unless every rank has one whose use is known.
[[nodiscard]] std::vector<RankOnGpu> ranks_on_gpus(const Case& run);

}  // namespace vigie::rules
