// Whose turn it is among the runs that wait.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "keep/queue/gpu_pool.hpp"
#include "model/run.hpp"

namespace vigie::keep {

/// Whether a waiting run may start, and if not, what it waits for.
struct Turn {
  bool now = false;
  bool never = false;                                   ///< what it waits for cannot come any more
  std::string waits_for = {};                           ///< a clause: "run resnet to end"; with `never`, why
  std::optional<std::int64_t> not_before_wall_ns = {};  ///< when time alone may change the answer
  std::vector<std::string> gpus = {};                   ///< with `now`: the UUIDs of those that are its own
  bool for_gpus = false;                                ///< it waits for GPUs: nothing reports when one is free
};

/// Tells whether a run is kept (wire/keepers.hpp).
using Alive = std::function<bool(const RunRecord&)>;

/// Whether a run has to be asked for its turn at all.
[[nodiscard]] bool must_wait(const RunRecord& record);

/// The turn of `record` among `all` the user's runs, itself included. Runs that wait for a free place get it in the
/// order in which they were made, and so do runs that wait for GPUs: one that wants many is not overtaken for ever by
/// others that want few. `pool` matters only to a run that wants GPUs.
[[nodiscard]] Turn turn_of(const RunRecord& record, std::span<const RunRecord> all, const Alive& alive,
                           std::int64_t wall_ns, const GpuPool& pool = {});

}  // namespace vigie::keep
