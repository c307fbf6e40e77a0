// Items about the control group that confines vigie or the target. Without control groups there are none.
#include <fmt/format.h>

#include <limits>

#include "rules/check/item.hpp"

namespace vigie::rules {
namespace {

namespace limit = check_thresholds;

bool has_groups(const CheckCase& facts) {
  return facts.group().has_value() && facts.group()->layout != CgroupLayout::none;
}

}  // namespace

std::optional<CheckItem> check_cgroup_throttled(const CheckCase& facts) {
  if (!has_groups(facts)) return std::nullopt;
  const CgroupCpu& cpu = facts.group()->cpu;
  const Reading<double> percent =
      facts.group_rates() != nullptr ? facts.group_rates()->throttled_percent : Reading<double>(Presence::first_sight);
  std::string fact = "no CPU quota";
  if (cpu.quota_cpus && *cpu.quota_cpus != std::numeric_limits<double>::infinity()) {
    fact = fmt::format("periods stopped by the quota of {:g} CPUs of {}", *cpu.quota_cpus, cpu.quota_group);
  }
  return judged("cgroup.throttled", percent, "%", limit::throttled_percent, std::move(fact),
                "as few workers and threads as the quota has CPUs, or a higher quota");
}

std::optional<CheckItem> check_cgroup_pids(const CheckCase& facts) {
  if (!has_groups(facts)) return std::nullopt;
  const CgroupAmount& pids = facts.group()->pids;
  if (!pids.limit) return judged("cgroup.pids", pids.limit.presence(), "%", limit::pids_percent, "", "");
  if (*pids.limit == unlimited) return judged("cgroup.pids", 0.0, "%", limit::pids_percent, "no limit", "");
  if (!pids.limit_used) return judged("cgroup.pids", pids.limit_used.presence(), "%", limit::pids_percent, "", "");
  const double percent =
      *pids.limit == 0 ? 100.0 : 100.0 * static_cast<double>(*pids.limit_used) / static_cast<double>(*pids.limit);
  return judged("cgroup.pids", percent, "%", limit::pids_percent,
                fmt::format("{} of {} tasks that {} may have", *pids.limit_used, *pids.limit, pids.limit_group),
                "fewer workers and threads: at the limit, new ones cannot start");
}

std::optional<CheckItem> check_cgroup_oom(const CheckCase& facts) {
  if (!has_groups(facts)) return std::nullopt;
  const Reading<std::uint64_t>& kills = facts.group()->memory.oom_kills;
  const Reading<double> value = kills ? Reading<double>(static_cast<double>(*kills)) : kills.presence();
  return judged("cgroup.oom_kills", value, "tasks", limit::oom_kills, "since the group was made",
                "killed for want of memory: smaller batches or fewer workers, or a higher limit");
}

}  // namespace vigie::rules
