// swap-thrash: the run, or the host, waits for memory that was swapped out.

#include <fmt/format.h>

#include "base/units.hpp"
#include "rules/check/thresholds.hpp"
#include "rules/rule.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {

std::optional<Finding> swap_thrash(const Case& run) {
  const HostRates& rates = run.frame().delta.host;
  if (!rates.swapped_in_bytes_per_second || !rates.swapped_out_bytes_per_second) return std::nullopt;
  const double traffic = *rates.swapped_in_bytes_per_second + *rates.swapped_out_bytes_per_second;
  if (traffic < thresholds::swap_bytes_per_second) return std::nullopt;
  // Beside others that compute, never all tasks wait; that some always do is as telling.
  const Reading<double>& pressure = rates.memory_pressure.full_percent;
  const bool some = rates.memory_pressure.some_percent.value_or(0) >= thresholds::swap_some_pressure_percent;
  if (pressure && *pressure < thresholds::swap_full_pressure_percent && !some) return std::nullopt;
  double swapped = 0;
  double faults = 0;
  for (const Member& member : run.run().members) {
    swapped += static_cast<double>(run.process(member).swap_bytes.value_or(0));
    faults += run.rates(member).major_faults_per_second.value_or(0);
  }
  if (run.is_host()) {
    if (run.host().memory) swapped = static_cast<double>(swap_used_bytes(*run.host().memory));
    faults = rates.major_faults_per_second.value_or(0);
  }
  if (swapped <= 0 || faults < check_thresholds::major_faults_per_second.warning) return std::nullopt;
  Finding finding = run.finding(Severity::critical, pressure ? 0.9 : 0.7);
  finding.share_percent = rates.memory_pressure.some_percent;
  finding.summary = "waits for memory that was swapped out";
  finding.evidence.push_back(run.evidence(
      "swap_bytes_per_second", traffic, thresholds::swap_bytes_per_second,
      fmt::format("{} in and out of swap; {} of it is there", human_bytes(traffic) + "/s", human_bytes(swapped))));
  finding.evidence.push_back(run.evidence("major_faults_per_second", faults,
                                          check_thresholds::major_faults_per_second.warning,
                                          fmt::format("{:.0f} page faults a second had to read from storage", faults)));
  if (pressure) {
    finding.evidence.push_back(
        run.evidence("memory_full_pressure_percent", *pressure, thresholds::swap_full_pressure_percent,
                     fmt::format("all tasks waited for memory {:.0f} % of the time", *pressure)));
  }
  finding.causes.emplace_back("more memory is in use than there is; every access may wait for a disk");
  finding.actions.emplace_back(
      "less memory in use: a smaller batch, fewer workers, or stop what else uses it: vigie mem");
  return finding;
}

}  // namespace vigie::rules
