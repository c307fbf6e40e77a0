// cpu-throttled: the CPU quota of the run's control group stops it.
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "rules/facts/demand.hpp"
#include "rules/rule.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {

std::optional<Finding> cpu_throttled(const Case& run) {
  const CgroupSample* const group = run.group();
  const CgroupRates* const rates = run.group_rates();
  if (group == nullptr || rates == nullptr || !rates->throttled_percent) return std::nullopt;
  const double throttled = *rates->throttled_percent;
  if (throttled < thresholds::throttled_percent) return std::nullopt;
  const double quota = group->cpu.quota_cpus.value_or(std::numeric_limits<double>::infinity());
  Finding finding = run.finding(Severity::warning, std::min(0.99, 0.7 + throttled / 300));
  finding.summary =
      fmt::format("is stopped by its CPU quota of {} in {:.0f} % of the periods", plural_cpus(quota), throttled);
  finding.evidence.push_back(run.evidence(
      "throttled_percent", throttled, thresholds::throttled_percent,
      fmt::format("stopped in {:.0f} % of the enforcement periods by the quota of {} of {}", throttled,
                  plural_cpus(quota), group->cpu.quota_group.empty() ? group->path : group->cpu.quota_group)));
  if (rates->cpu_percent) {
    finding.evidence.push_back(
        run.evidence("cpu_percent", *rates->cpu_percent, 100 * quota,
                     fmt::format("its control group uses {:.0f} % of a CPU, and may use {:.0f} %", *rates->cpu_percent,
                                 100 * quota)));
  }
  const double wanted = std::max(std::ceil(demand_of(run).threads), std::ceil(quota + 0.5));
  finding.causes.emplace_back("the quota is used up before a period of it ends; then every thread stands still");
  finding.actions.push_back(
      run.is_root()
          ? fmt::format("raise the quota, {:g} → {:g} CPUs: vigie limit {} --cpu {:g}, or where the "
                        "container was started; or fewer workers and threads",
                        quota, wanted, run.run().name, wanted)
          : fmt::format("as few workers and threads as the quota has CPUs: {:g}; raising it, {:g} → {:g} CPUs, takes "
                        "the rights of whoever set it: root, or the job scheduler's option",
                        quota, quota, wanted));
  return finding;
}

}  // namespace vigie::rules
