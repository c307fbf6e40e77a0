#include "rules/facts/memory_use.hpp"

#include <algorithm>

#include "base/units.hpp"
#include "model/cgroup.hpp"
#include "rules/facts/shared.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {

std::vector<Point> memory_over_time(const Case& run) {
  return run.over_time([&](const Frame& frame, const Run& then) -> std::optional<double> {
    if (run.is_host()) {
      const Reading<Memory>& memory = frame.snapshot->host.memory;
      return memory ? std::optional(static_cast<double>(used_bytes(*memory))) : std::nullopt;
    }
    std::vector<std::size_t> processes;
    for (const Member& member : then.members) processes.push_back(member.process);
    if (processes.empty()) return std::nullopt;
    return static_cast<double>(shared_once_bytes(*frame.snapshot, processes));
  });
}

bool grows_steadily(const Trend& trend, double from) {
  return trend.growth >= std::max(thresholds::leak_bytes, thresholds::leak_part * from) &&
         trend.growing >= thresholds::leak_growing && trend.residual <= thresholds::leak_residual * trend.growth;
}

bool goes_on(const std::vector<Point>& points, const Trend& whole) {
  const std::vector<Point> later(points.begin() + static_cast<std::ptrdiff_t>(points.size() / 2), points.end());
  const std::optional<Trend> end = trend_of(later);
  return end && end->per_second >= whole.per_second / 2;
}

std::string bytes_text(double bytes) {
  return human_bytes(std::max(0.0, bytes));
}

std::string rate_text(double bytes_per_second) {
  return bytes_text(bytes_per_second) + "/s";
}

std::optional<MemoryUse> memory_use_of(const Case& run) {
  const CgroupSample* const group = run.group();
  const EffectiveMemory memory =
      effective_memory(run.host().memory, group != nullptr ? Reading<CgroupSample>(*group) : Presence::not_read);
  if (!memory.total || *memory.total == 0) return std::nullopt;
  MemoryUse use;
  use.limit = static_cast<double>(*memory.total);
  use.limited = memory.limited;
  if (memory.limited && group != nullptr) {
    // Cache counts against the limit and is given back before anything fails: memory that the processes hold is not.
    use.used = static_cast<double>(shared_once_bytes(*run.frame().snapshot, run.processes()));
    // A process that was moved into a group of version 1 keeps what it has charged to the group it came from.
    if (const Reading<std::uint64_t>& charged = group->memory.bytes.limit_used)
      use.used = std::min(use.used, static_cast<double>(*charged));
    use.of = "the limit of control group " + group->memory.bytes.limit_group;
    const CgroupAmount& swap = group->memory.swap;
    const std::uint64_t on_host = run.host().memory ? run.host().memory->swap_free : 0;
    const std::uint64_t of_group =
        swap.limit.value_or(unlimited) - std::min(swap.limit.value_or(unlimited), swap.limit_used.value_or(0));
    use.swap_left = static_cast<double>(std::min(on_host, of_group));
  } else if (memory.available) {
    use.used = use.limit - static_cast<double>(*memory.available);
    use.of = "this host's memory";
    use.swap_left = static_cast<double>(run.host().memory->swap_free);
  } else {
    return std::nullopt;
  }
  return use;
}

}  // namespace vigie::rules
