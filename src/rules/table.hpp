// Every rule there is, in one table: the order in which they decide, and all ids that a finding can have. The documents
// are checked against it (tools/check_recipes), and so are the tests.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include "rules/rule.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {

/// When a rule is asked.
enum class Stage : std::uint8_t {
  run,          ///< of each run that is alive
  last_resort,  ///< of such a run about which none of these had anything to say
  host,         ///< of the machine as a whole
  checklist,    ///< said by check/explained of critical items of the checklist
  ended,        ///< said by ended/post_mortem of a run that is over
};

struct Rule {
  std::string_view id;  ///< of its findings, fixed for good; several rules that see one thing in several ways share it
  Stage stage = Stage::run;
  std::optional<Finding> (*apply)(const Case& run) = nullptr;  ///< nullptr: another part says it, see Stage
  bool of_host = false;                                        ///< asked of the machine as a whole, too
  bool holds_when_young =
      false;  ///< true of a run that began a moment ago; anything else that such a run shows may be its start
  bool whole_story = false;  ///< its finding explains all else: the rules below it are not asked
  std::optional<Suspicion> (*suspects)(const Case& run, double wants_seconds) = nullptr;
  double wants_seconds = 0;  ///< of looking, after which it can be sure of what it suspects
};

/// In the order of decision: a cause that looks like others comes first. Stopped, broken and hung, throttled, memory,
/// full resources; then ranks, then CPU, then the loader, then copies and launches; then faults beside all that.
inline constexpr Rule table[] = {
    {.id = "stopped", .apply = stopped, .holds_when_young = true, .whole_story = true},
    {.id = "gpu-error", .apply = gpu_error, .of_host = true},
    {.id = "hung", .apply = hung_on_lock, .suspects = suspects_lock, .wants_seconds = thresholds::lock_seconds + 1},
    {.id = "hung", .apply = hung_on_person},
    {.id = "hung",
     .apply = hung,
     .whole_story = true,
     .suspects = suspects_hang,
     .wants_seconds = thresholds::hung_seconds + 0.5},
    {.id = "gpu-throttled", .apply = gpu_throttled},
    {.id = "cpu-throttled", .apply = cpu_throttled},
    {.id = "oom-risk", .apply = oom_risk, .of_host = true, .holds_when_young = true},
    {.id = "memory-leak",
     .apply = memory_leak,
     .suspects = suspects_growth,
     .wants_seconds = thresholds::leak_seconds + 1},
    {.id = "swap-thrash", .apply = swap_thrash, .of_host = true},
    {.id = "shm-full", .apply = shm_full, .of_host = true, .holds_when_young = true},
    {.id = "disk-full", .apply = disk_full, .of_host = true, .holds_when_young = true},
    {.id = "fd-limit", .apply = fd_limit, .holds_when_young = true},
    {.id = "rank-straggler", .apply = rank_straggler},
    {.id = "collective-wait", .apply = collective_wait, .whole_story = true},
    {.id = "cpu-oversubscribed", .apply = cpu_oversubscribed},
    {.id = "cpu-contention", .apply = cpu_contention},
    {.id = "cpu-underused", .apply = cpu_underused},
    {.id = "loader-disk", .apply = loader_disk},
    {.id = "loader-network", .apply = loader_network},
    {.id = "loader-cpu", .apply = loader_cpu},
    {.id = "loader-serial", .apply = loader_serial},
    {.id = "copy-bound", .apply = copy_bound},
    {.id = "launch-bound", .apply = launch_bound},
    {.id = "disk-saturated", .apply = disk_saturated, .of_host = true},
    {.id = "zombies", .apply = zombies},
    {.id = "gpu-idle",
     .stage = Stage::last_resort,
     .apply = gpu_idle,
     .suspects = suspects_idle_gpu,
     .wants_seconds = thresholds::gpu_idle_seconds},
    {.id = "gpu-throttled", .stage = Stage::last_resort, .apply = gpu_power_limited},
    {.id = "gpu-memory-held", .stage = Stage::host, .apply = gpu_memory_held},
    {.id = "host-critical", .stage = Stage::checklist},
    {.id = "oom-killed", .stage = Stage::ended},
    {.id = "gpu-oom", .stage = Stage::ended},
    {.id = "gpu-error", .stage = Stage::ended},
    {.id = "disk-full", .stage = Stage::ended},
    {.id = "shm-full", .stage = Stage::ended},
    {.id = "fd-limit", .stage = Stage::ended},
    {.id = "collective-wait", .stage = Stage::ended},
    {.id = "failed", .stage = Stage::ended},
    {.id = "killed", .stage = Stage::ended},
    {.id = "cancelled", .stage = Stage::ended},
};

/// Whether a finding can have this id.
[[nodiscard]] constexpr bool is_rule(std::string_view id) {
  return std::ranges::find(table, id, &Rule::id) != std::end(table);
}

/// Whether a finding about a run that is over can have it.
[[nodiscard]] constexpr bool is_end(std::string_view id) {
  return std::ranges::any_of(table, [&](const Rule& rule) { return rule.stage == Stage::ended && rule.id == id; });
}

}  // namespace vigie::rules
