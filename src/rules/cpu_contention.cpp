// cpu-contention: other programs use the CPUs that the run waits for.
#include <algorithm>

#include <fmt/format.h>

#include "rules/facts/demand.hpp"
#include "rules/rule.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

/// The member that waited for a CPU most; nullptr where the run has none.
const Member* longest_waiter(const Case& run) {
  const Member* most = nullptr;
  for (const Member& member : run.run().members) {
    if (most == nullptr ||
        run.rates(member).run_delay_percent.value_or(0) > run.rates(*most).run_delay_percent.value_or(0)) {
      most = &member;
    }
  }
  return most;
}

}  // namespace

std::optional<Finding> cpu_contention(const Case& run) {
  const Member* const waits = longest_waiter(run);
  if (waits == nullptr) return std::nullopt;
  const Reading<double>& delay = run.rates(*waits).run_delay_percent;
  const double cpus = run.cpus();
  if (!delay || *delay < thresholds::run_delay_percent) return std::nullopt;
  if (is_oversubscribed(demand_of(run), cpus)) return std::nullopt;
  if (cpu_throttled(run)) return std::nullopt;  // the kernel counts the quota's pauses as waiting for a CPU
  const Reading<double> idle = run.idle_percent();
  const bool confined = cpus < run.host().cpus;
  if (!confined && (!idle || *idle > thresholds::contended_idle_percent * cpus)) return std::nullopt;
  const Others others = others_beside(run);
  if (others.cpu_percent < thresholds::others_cpu_percent * cpus || others.names.empty()) return std::nullopt;
  Finding finding = run.finding(Severity::warning, std::min(0.95, 0.6 + std::min(*delay, 100.0) / 250));
  finding.share_percent = std::min(100.0, *delay);
  finding.summary = fmt::format("waits for a CPU {:.0f} % of the time: others use them", std::min(*delay, 100.0));
  finding.evidence.push_back(run.evidence(
      "run_delay_percent", *delay, thresholds::run_delay_percent,
      fmt::format("{} was ready, but without a CPU, in {:.0f} % of the time", run.name_of(*waits), *delay)));
  finding.evidence.push_back(run.evidence("others_cpu_percent", others.cpu_percent,
                                          thresholds::others_cpu_percent * cpus,
                                          fmt::format("others use {:.0f} % of {} (100 % per CPU): {}",
                                                      others.cpu_percent, plural_cpus(cpus), others.names)));
  finding.causes.push_back("other programs of this host run on the same CPUs: " + others.names);
  finding.actions.push_back(
      others.owner.empty()
          ? fmt::format("let them give way: vigie renice 19 {}; or keep them apart: vigie cpus LIST {}", others.first,
                        others.first)
          : fmt::format("only {} can let {} give way: ask for it (renice 19); what you can do yourself: keep "
                        "your run on other CPUs (vigie cpus LIST {}), fewer threads and workers, another time",
                        others.owner == "root" ? others.owner : others.owner + " and root", others.first,
                        run.run().name));
  return finding;
}

}  // namespace vigie::rules
