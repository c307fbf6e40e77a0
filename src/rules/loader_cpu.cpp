#include <algorithm>

#include <fmt/format.h>

#include "rules/facts/feeding.hpp"
#include "rules/facts/gpu_facts.hpp"
#include "rules/facts/worker_option.hpp"
#include "rules/rule.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

struct Workers {
  std::size_t count = 0;
  double running = 0;  ///< average share of looks
  double disk = 0;
};

std::optional<Workers> look_at_workers(const Case& run, const Feeding& feeding) {
  Workers workers;
  for (const std::size_t index : feeding.workers) {
    // A worker of the epoch that began within the window was looked at less: the others speak for it.
    const std::optional<WorkerLooks> looks = looks_of(run, index);
    if (!looks) continue;
    ++workers.count;
    workers.running += looks->running;
    workers.disk += looks->disk;
  }
  if (workers.count == 0) return std::nullopt;
  workers.running /= static_cast<double>(workers.count);
  workers.disk /= static_cast<double>(workers.count);
  return workers;
}

std::string advice(const Case& run, const Feeding& feeding, std::size_t workers) {
  const Reading<double> idle = run.idle_percent();
  const auto idle_cpus = idle ? static_cast<unsigned>((*idle + 100 - thresholds::idle_cpu_percent) / 100) : 0U;
  if (idle_cpus == 0) {
    return fmt::format(
        "all {:g} CPUs are busy, more workers would not help: make the transforms cheaper, or cache their results",
        run.cpus());
  }
  const std::string change = feeding.by_pipes
                                 ? fmt::format("{} → {} processes that feed it", workers, workers + idle_cpus)
                                 : change_of_workers(run.run(), workers, workers + idle_cpus);
  return fmt::format("more loader workers, {}: {} of {:g} CPUs {} idle", change, idle_cpus, run.cpus(),
                     idle_cpus == 1 ? "is" : "are");
}

}  // namespace

std::optional<Finding> loader_cpu(const Case& run) {
  if (keeps_a_gpu_busy(run)) return std::nullopt;
  for (const Feeding& feeding : feedings(run)) {
    const StateShares* trainer = run.shares(run.run().members[feeding.trainer]);
    const std::optional<Workers> workers = look_at_workers(run, feeding);
    if (trainer == nullptr || !workers) continue;
    // A sleep that the program asked for (nanosleep) waits for no data.
    const double asleep = std::max(0.0, trainer->asleep - trainer->in_timer);
    if (asleep < thresholds::trainer_asleep) continue;
    if (workers->running < thresholds::workers_running || workers->disk >= workers->running) continue;
    Finding finding = run.finding(Severity::warning, std::min(0.99, 0.5 + asleep / 2));
    finding.share_percent = 100 * asleep;
    finding.summary =
        fmt::format("waits for data {:.0f} % of the time; its loader workers are busy on the CPU", asleep * 100);
    finding.evidence.push_back(run.evidence(
        "trainer_asleep_percent", asleep * 100, thresholds::trainer_asleep * 100,
        fmt::format("trainer asleep in {:.0f} % of {} looks ({:.0f} % waiting in poll or a queue)", asleep * 100,
                    trainer->looks, (trainer->in_poll + trainer->in_futex + trainer->in_pipe) * 100)));
    finding.evidence.push_back(
        run.evidence("workers_running_percent", workers->running * 100, thresholds::workers_running * 100,
                     fmt::format("{} loader worker{} on a CPU in {:.0f} % of looks, on average", workers->count,
                                 workers->count == 1 ? "" : "s", workers->running * 100)));
    if (const Reading<double> idle = run.idle_percent()) {
      finding.evidence.push_back(
          run.evidence("cpu_idle_percent", *idle, thresholds::idle_cpu_percent,
                       fmt::format("{:.0f} % of {:g} CPUs idle on this host (100 % per CPU)", *idle, run.cpus())));
    }
    if (feeding.by_pipes) {
      finding.evidence.push_back(run.evidence(
          "read_bytes_per_second", run.rates(run.run().members[feeding.trainer]).read_chars_per_second.value_or(0),
          thresholds::fed_bytes_per_second,
          fmt::format("{} waits for what {} write{} into its pipes, such as {}",
                      run.name_of(run.run().members[feeding.trainer]), Case::counted(workers->count, "process"),
                      workers->count == 1 ? "s" : "", run.name_of(run.run().members[feeding.workers.front()]))));
    }
    finding.causes.push_back(
        fmt::format("decoding and transforming the data takes longer than a training step, with {} worker{}",
                    workers->count, workers->count == 1 ? "" : "s"));
    finding.actions.push_back(advice(run, feeding, workers->count));
    return finding;
  }
  return std::nullopt;
}

}  // namespace vigie::rules
