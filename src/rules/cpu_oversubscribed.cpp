// cpu-oversubscribed: more threads of the run want to run than it may use CPUs.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "rules/facts/demand.hpp"
#include "rules/facts/worker_option.hpp"
#include "rules/rule.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

/// Fewer threads where a process has many, fewer workers where there are many of those.
std::string advice_for_oversubscribed(const Case& run, const Demand& demand, double cpus) {
  const auto fit = static_cast<unsigned>(std::max(1.0, std::floor(cpus)));
  std::size_t workers = 0;
  std::size_t trainers = 0;
  for (const std::size_t index : demand.members) {
    const Role role = run.run().members[index].role;
    if (role == Role::loader_worker) ++workers;
    if (role == Role::trainer || role == Role::rank) ++trainers;
  }
  if (demand.most_threads_running > cpus) {
    const unsigned each = std::max<unsigned>(1, fit / static_cast<unsigned>(std::max<std::size_t>(1, trainers)));
    return fmt::format(
        "fewer threads in {}, {:.0f} → {}: OMP_NUM_THREADS={} (and torch.set_num_threads) when it is started",
        run.name_of(run.run().members[demand.most_threads]), demand.most_threads_running, each, each);
  }
  if (workers > 1) {
    const auto wanted = std::max<std::size_t>(1, fit > trainers ? fit - trainers : 1);
    return fmt::format("fewer loader workers, {}: more than {} cannot run at once",
                       change_of_workers(run.run(), workers / std::max<std::size_t>(1, trainers), wanted),
                       plural_cpus(cpus));
  }
  return fmt::format("as many processes as there are CPUs: {} → {}", demand.members.size(), fit);
}

}  // namespace

std::optional<Finding> cpu_oversubscribed(const Case& run) {
  const Demand demand = demand_of(run);
  const double cpus = run.cpus();
  if (!is_oversubscribed(demand, cpus)) return std::nullopt;
  Finding finding = run.finding(Severity::warning, std::min(0.97, 0.5 + 0.2 * demand.threads / cpus));
  finding.share_percent = std::min(100.0, demand.delay_percent);
  finding.summary =
      fmt::format("{:.1f} of its threads want to run at once, and it may use {}", demand.threads, plural_cpus(cpus));
  finding.evidence.push_back(
      run.evidence("runnable_threads", demand.threads, thresholds::runnable_per_cpu * cpus,
                   fmt::format("{:.1f} threads of {} ready to run on average, {} to run on", demand.threads,
                               Case::counted(demand.members.size(), "process"), plural_cpus(cpus))));
  finding.evidence.push_back(
      run.evidence("run_delay_percent", demand.delay_percent, thresholds::run_delay_percent,
                   fmt::format("one of them waited for a CPU in {:.0f} % of the time", demand.delay_percent)));
  finding.causes.push_back(demand.most_threads_running > cpus
                               ? fmt::format("{} alone has {:.0f} threads running",
                                             run.name_of(run.run().members[demand.most_threads]),
                                             demand.most_threads_running)
                               : "more processes compute at once than there are CPUs for them");
  finding.actions.push_back(advice_for_oversubscribed(run, demand, cpus));
  return finding;
}

}  // namespace vigie::rules
