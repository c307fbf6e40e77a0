#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "rules/facts/feeding.hpp"
#include "rules/facts/gpu_facts.hpp"
#include "rules/facts/worker_option.hpp"
#include "rules/rule.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

bool reads_files(const ProcessRates& rates) {
  return rates.read_chars_per_second.value_or(0) >= thresholds::serial_read_bytes_per_second &&
         rates.read_calls_per_second.value_or(0) >= thresholds::serial_read_calls_per_second &&
         rates.write_chars_per_second.value_or(0) < rates.read_chars_per_second.value_or(0);
}

bool started_up(const Case& run, const Member& member) {
  const double age = static_cast<double>(run.frame().snapshot->before.boot_ns - start_boot_ns(run.process(member).id)) /
                     nanoseconds_per_second;
  return age - run.window() >= thresholds::start_up_seconds;
}

}  // namespace

std::optional<Finding> loader_serial(const Case& run) {
  if (keeps_a_gpu_busy(run)) return std::nullopt;
  const Reading<double> idle = run.idle_percent();
  if (!idle || *idle < thresholds::idle_cpu_percent) return std::nullopt;
  for (const Feeding& feeding : feedings(run)) {
    const Member& member = run.run().members[feeding.trainer];
    const StateShares* trainer = run.shares(member);
    const ProcessRates& rates = run.rates(member);
    // A single-threaded program that never uses a second thread may compute on one by design.
    const bool threaded = run.process(member).threads > 1;
    if (trainer == nullptr || !threaded || !feeding.workers.empty() || !started_up(run, member)) continue;
    if (trainer->alone < thresholds::single_thread || !reads_files(rates)) continue;
    Finding finding = run.finding(Severity::warning, std::min(0.95, 0.4 + trainer->alone / 2));
    finding.summary = fmt::format(
        "loads its data itself, without workers; its compute threads idle in {:.0f} % of looks", trainer->alone * 100);
    finding.evidence.push_back(
        run.evidence("trainer_single_thread_percent", trainer->alone * 100, thresholds::single_thread * 100,
                     fmt::format("only one of the trainer's {} threads running in {:.0f} % of {} looks",
                                 run.process(member).threads, trainer->alone * 100, trainer->looks)));
    finding.evidence.push_back(run.evidence(
        "trainer_read_bytes_per_second", *rates.read_chars_per_second, thresholds::serial_read_bytes_per_second,
        fmt::format("the trainer itself reads {:.0f} kB/s in {:.0f} calls/s", *rates.read_chars_per_second / 1e3,
                    *rates.read_calls_per_second)));
    finding.evidence.push_back(
        run.evidence("cpu_idle_percent", *idle, thresholds::idle_cpu_percent,
                     fmt::format("{:.0f} % of {:g} CPUs idle on this host (100 % per CPU)", *idle, run.cpus())));
    finding.causes.emplace_back("DataLoader with num_workers=0: reading and transforming alternate with computing");
    const auto wanted = static_cast<std::size_t>(std::max(1.0, std::floor(run.cpus()) - 1));
    finding.actions.push_back(
        fmt::format("let workers load: {} (num_workers of the DataLoader), then pin_memory and "
                    "prefetch_factor",
                    change_of_workers(run.run(), 0, wanted)));
    return finding;
  }
  return std::nullopt;
}

}  // namespace vigie::rules
