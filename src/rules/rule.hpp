// The rules, each in the file of its name. table.hpp says of each when it is asked and what its findings are called.
#pragma once

#include <optional>

#include "model/finding.hpp"
#include "rules/case.hpp"

namespace vigie::rules {

// Nothing: it does not hold of this run, or its evidence is not known. A finding's `rule` and `primary` are the judge's
// to fill.
std::optional<Finding> stopped(const Case& run);
std::optional<Finding> gpu_error(const Case& run);
std::optional<Finding> hung_on_lock(const Case& run);
std::optional<Finding> hung_on_person(const Case& run);
std::optional<Finding> hung(const Case& run);
std::optional<Finding> gpu_throttled(const Case& run);
std::optional<Finding> gpu_power_limited(const Case& run);
std::optional<Finding> cpu_throttled(const Case& run);
std::optional<Finding> oom_risk(const Case& run);
std::optional<Finding> memory_leak(const Case& run);
std::optional<Finding> swap_thrash(const Case& run);
std::optional<Finding> shm_full(const Case& run);
std::optional<Finding> disk_full(const Case& run);
std::optional<Finding> fd_limit(const Case& run);
std::optional<Finding> rank_straggler(const Case& run);
std::optional<Finding> collective_wait(const Case& run);
std::optional<Finding> cpu_oversubscribed(const Case& run);
std::optional<Finding> cpu_contention(const Case& run);
std::optional<Finding> cpu_underused(const Case& run);
std::optional<Finding> loader_disk(const Case& run);
std::optional<Finding> loader_network(const Case& run);
std::optional<Finding> loader_cpu(const Case& run);
std::optional<Finding> loader_serial(const Case& run);
std::optional<Finding> copy_bound(const Case& run);
std::optional<Finding> launch_bound(const Case& run);
std::optional<Finding> disk_saturated(const Case& run);
std::optional<Finding> zombies(const Case& run);
std::optional<Finding> gpu_idle(const Case& run);
std::optional<Finding> gpu_memory_held(const Case& run);

// What these are not sure of yet. `wants_seconds` of looking make them sure, as a rule; a suspicion says how many it
// wants.
std::optional<Suspicion> suspects_lock(const Case& run, double wants_seconds);
std::optional<Suspicion> suspects_hang(const Case& run, double wants_seconds);
std::optional<Suspicion> suspects_growth(const Case& run, double wants_seconds);
std::optional<Suspicion> suspects_idle_gpu(const Case& run, double wants_seconds);

}  // namespace vigie::rules
