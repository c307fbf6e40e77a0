// loader-disk: the run waits for data, and its loader workers wait for the disk.
#include <algorithm>

#include <fmt/format.h>

#include "base/units.hpp"
#include "rules/check/thresholds.hpp"
#include "rules/facts/gpu_facts.hpp"
#include "rules/facts/waiting.hpp"
#include "rules/rule.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

/// The readers' rates, and the busiest whole disk, for people who want to look.
void add_disks(const Case& run, const Waiting& seen, Finding& finding) {
  double bytes = 0;
  double chars = 0;
  for (const std::size_t index : seen.readers) {
    bytes += run.rates(run.run().members[index]).read_bytes_per_second.value_or(0);
    chars += run.rates(run.run().members[index]).read_chars_per_second.value_or(0);
  }
  if (bytes > 0) {
    finding.evidence.push_back(
        run.evidence("read_bytes_per_second", bytes, 0,
                     fmt::format("{}/s read from storage, of {}/s read in all: the page cache does not have it",
                                 human_bytes(bytes), human_bytes(chars))));
  }
  const Reading<double>& pressure = run.frame().delta.host.io_pressure.some_percent;
  if (pressure) {
    finding.evidence.push_back(
        run.evidence("io_some_pressure_percent", *pressure, check_thresholds::io_pressure_percent.warning,
                     fmt::format("some task waited for storage {:.0f} % of the time", *pressure)));
  }
}

}  // namespace

std::optional<Finding> loader_disk(const Case& run) {
  if (keeps_a_gpu_busy(run)) return std::nullopt;
  for (const Feeding& feeding : feedings(run)) {
    const std::optional<Waiting> seen = waiting(run, feeding);
    if (!seen || !waits_for_disk(*seen)) continue;
    if (seen->network >= seen->disk / 2 || network_mount(run, *seen) != nullptr) continue;
    Finding finding = run.finding(Severity::warning, std::min(0.97, 0.55 + seen->disk / 2));
    finding.summary = fmt::format("waits for data {:.0f} % of the time; {} for the disk", seen->trainer_asleep * 100,
                                  seen->serial ? "its own reads wait" : "its loader workers wait");
    add_trainer(run, *seen, finding);
    finding.evidence.push_back(run.evidence(
        "workers_in_disk_percent", seen->disk * 100, thresholds::workers_in_disk * 100,
        fmt::format("{} in uninterruptible sleep (D) in {:.0f} % of the looks", who(*seen), seen->disk * 100)));
    add_disks(run, *seen, finding);
    finding.causes.emplace_back("the storage gives the data more slowly than the training uses it");
    finding.actions.emplace_back(
        "put the data on a local or faster disk, or into memory; fewer, larger files (shards); more prefetching");
    return finding;
  }
  return std::nullopt;
}

}  // namespace vigie::rules
