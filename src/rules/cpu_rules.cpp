// Rules about CPU time that a run wants and does not get.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "rules/facts/demand.hpp"
#include "rules/facts/gpu_facts.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

bool is_oversubscribed(const Demand& demand, double cpus) {
  return cpus > 0 && demand.threads >= thresholds::runnable_per_cpu * cpus && demand.threads >= std::ceil(cpus) + 0.5 &&
         demand.delay_percent >= thresholds::run_delay_percent;
}

std::string plural_cpus(double cpus) {
  return fmt::format("{:g} CPU{}", cpus, cpus == 1 ? "" : "s");
}

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

/// "python3 (pid 4711)" of the first process of the run that has a rank, else of its leader.
const Member* busiest(const Case& run) {
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

std::optional<Finding> cpu_oversubscribed(const Case& run) {
  const Demand demand = demand_of(run);
  const double cpus = run.cpus();
  if (!is_oversubscribed(demand, cpus)) return std::nullopt;
  Finding finding =
      run.finding("cpu-oversubscribed", Severity::warning, std::min(0.97, 0.5 + 0.2 * demand.threads / cpus));
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

std::optional<Finding> cpu_contention(const Case& run) {
  const Member* const waits = busiest(run);
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
  Finding finding =
      run.finding("cpu-contention", Severity::warning, std::min(0.95, 0.6 + std::min(*delay, 100.0) / 250));
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
          : fmt::format("only {} and root can let {} give way: ask for it (renice 19); what you can do yourself: keep "
                        "your run on other CPUs (vigie cpus LIST {}), fewer threads and workers, another time",
                        others.owner, others.first, run.run().name));
  return finding;
}

std::optional<Finding> cpu_throttled(const Case& run) {
  const CgroupSample* const group = run.group();
  const CgroupRates* const rates = run.group_rates();
  if (group == nullptr || rates == nullptr || !rates->throttled_percent) return std::nullopt;
  const double throttled = *rates->throttled_percent;
  if (throttled < thresholds::throttled_percent) return std::nullopt;
  const double quota = group->cpu.quota_cpus.value_or(std::numeric_limits<double>::infinity());
  Finding finding = run.finding("cpu-throttled", Severity::warning, std::min(0.99, 0.7 + throttled / 300));
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

namespace {

/// Threads that the environment allows a math library; 0 when it says nothing.
unsigned told_threads(const ProcessSample& process) {
  unsigned told = 0;
  if (!process.variables) return told;
  const std::string& text = process.variables->math_threads;
  std::from_chars(text.data(), text.data() + text.size(), told);
  return told;
}

/// Whether a process computes on as many threads as a library was told to, and that is few. A program that computes
/// outside of it would use one thread, too, whatever the library may do: only a limit is certain from outside, and of a
/// framework that it has not even made the threads that it would compute on.
bool is_held_back(const Case& run, const Member& member, const StateShares& shares) {
  const ProcessSample& process = run.process(member);
  const unsigned told = told_threads(process);
  if (told > 0) return 2 * told <= run.cpus() && shares.threads_running <= told + 0.3;
  return is_training(*process.frameworks) && process.threads < run.cpus() && shares.alone >= thresholds::one_thread;
}

}  // namespace

std::optional<Finding> cpu_underused(const Case& run) {
  // The thread that copies to a GPU computes nothing, and no other thread could help it.
  if (keeps_a_gpu_busy(run) || copy_bound(run)) return std::nullopt;
  const double cpus = run.cpus();
  const Reading<double> idle = run.idle_percent();
  if (cpus < 2 || !idle || *idle < thresholds::underused_idle_percent) return std::nullopt;
  for (const Member& member : run.run().members) {
    const ProcessSample& process = run.process(member);
    const StateShares* const shares = run.shares(member);
    if (shares == nullptr || !process.frameworks || *process.frameworks == Framework::none) continue;
    if (member.role == Role::loader_worker || run.age(member) - run.window() < thresholds::start_up_seconds) continue;
    if (shares->running < thresholds::computing || !is_held_back(run, member, *shares)) continue;
    // What reads files computes little: that is the loader's matter.
    if (run.rates(member).read_chars_per_second.value_or(0) >= thresholds::serial_read_bytes_per_second) continue;
    const unsigned told = told_threads(process);
    Finding finding = run.finding("cpu-underused", Severity::warning, told > 0 ? 0.85 : 0.6);
    finding.summary = fmt::format("computes on {:.1f} threads while {:.1f} of {:g} CPUs are idle",
                                  shares->threads_running, *idle / 100, cpus);
    finding.evidence.push_back(
        run.evidence("running_threads", shares->threads_running, told > 0 ? told : 1,
                     fmt::format("{} has {:.1f} of its {} threads running on average over {} looks",
                                 run.name_of(member), shares->threads_running, process.threads, shares->looks)));
    finding.evidence.push_back(
        run.evidence("cpu_idle_percent", *idle, thresholds::underused_idle_percent,
                     fmt::format("{:.0f} % of {:g} CPUs idle on this host (100 % per CPU)", *idle, cpus)));
    finding.causes.push_back(told > 0 ? fmt::format("its environment limits the math library to {}; torchrun sets "
                                                    "OMP_NUM_THREADS=1 by itself",
                                                    Case::counted(told, "thread"))
                                      : std::string("the program limits its math library (torch.set_num_threads, or "
                                                    "OMP_NUM_THREADS set in the script)"));
    finding.actions.push_back(told > 0 ? fmt::format("start it with OMP_NUM_THREADS={:g} instead of {}", cpus, told)
                                       : fmt::format("torch.set_num_threads({:g}), or leave it to the library", cpus));
    return finding;
  }
  return std::nullopt;
}

}  // namespace vigie::rules
