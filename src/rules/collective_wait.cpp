// collective-wait: all ranks wait for each other.
#include <algorithm>

#include <fmt/format.h>

#include "base/number.hpp"
#include "rules/facts/ranks.hpp"
#include "rules/rule.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

/// When the bar moved a moment ago, the ranks wait for their devices.
bool has_just_progressed(const Case& run) {
  const Reading<Progress>& progress = run.run().progress;
  return progress && progress->wall_ns > 0 &&
         run.frame().snapshot->after.wall_ns - progress->wall_ns <
             static_cast<std::int64_t>(thresholds::hung_seconds * nanoseconds_per_second);
}

std::optional<Finding> collective_wait_by_threads(const Case& run) {
  const std::vector<Rank> ranks = ranks_of(run);
  if (ranks.size() < 2 || run.cpu_percent() >= 5 * thresholds::silent_cpu_percent) return std::nullopt;
  double asleep = 1;
  for (const Rank& rank : ranks) {
    asleep = std::min(asleep, rank.waits());
    if (run.age(*rank.member) - run.window() < thresholds::start_up_seconds) return std::nullopt;
  }
  if (asleep < thresholds::all_ranks_wait) return std::nullopt;
  Finding finding = run.finding(Severity::critical, 0.8);
  finding.share_percent = 100 * asleep;
  finding.summary = fmt::format("all {} ranks wait for each other: none computes", ranks.size());
  finding.evidence.push_back(run.evidence(
      "rank_waiting_percent", asleep * 100, thresholds::all_ranks_wait * 100,
      fmt::format("every one of {} ranks asleep in {:.0f} % of the looks or more", ranks.size(), asleep * 100)));
  finding.evidence.push_back(
      run.evidence("cpu_percent", run.cpu_percent(), 5 * thresholds::silent_cpu_percent,
                   fmt::format("{:.1f} % of a CPU used by all of them together", run.cpu_percent())));
  return finding;
}

/// Whether it is one of several ranks, by its environment: the others are on other hosts.
bool has_others_elsewhere(const Case& run, const RankOnGpu& rank) {
  const SparseReading<RunVariables>& variables = run.process(*rank.member).variables;
  return variables && whole_number<unsigned>(variables->world_size).value_or(0) > 1;
}

bool is_quiet(const Reading<double>& bytes_per_second) {
  return bytes_per_second.value_or(0) < thresholds::collective_link_bytes_per_second;
}

/// A kernel that spins is on few SMs, and takes little power: a card that computes in its registers moves no data
/// either.
bool does_little(const GpuFacts& gpu) {
  return (gpu.sm_active_percent && *gpu.sm_active_percent < thresholds::collective_sm_active_percent) ||
         (gpu.power_percent && *gpu.power_percent < thresholds::collective_power_percent);
}

/// A kernel runs, and touches neither memory nor links. Where the links are not counted, as on older cards, the power
/// has to tell that nothing is computed.
bool spins(const GpuFacts& gpu) {
  const bool links_known = gpu.received_bytes_per_second.has_value();
  const bool at_rest = links_known || gpu.power_percent.value_or(100) < thresholds::collective_power_percent;
  return *gpu.busy_percent >= thresholds::collective_busy_percent && gpu.memory_busy_percent &&
         *gpu.memory_busy_percent < thresholds::collective_memory_percent && at_rest &&
         is_quiet(gpu.received_bytes_per_second) && is_quiet(gpu.sent_bytes_per_second) &&
         is_quiet(gpu.nvlink_bytes_per_second) && does_little(gpu);
}

/// "its SMs are active 17 % of the time", or what it takes of its power.
std::string effort_text(const GpuFacts& gpu) {
  if (gpu.sm_active_percent && *gpu.sm_active_percent < thresholds::collective_sm_active_percent)
    return fmt::format("SMs active {:.0f} % of the time", *gpu.sm_active_percent);
  return fmt::format("{:.0f} % of the power limit", gpu.power_percent.value_or(0));
}

/// All GPUs are "busy", and none moves any data.
std::optional<Finding> collective_wait_by_gpu(const Case& run) {
  const std::vector<RankOnGpu> ranks = ranks_on_gpus(run);
  const bool alone = ranks.size() == 1;
  if (ranks.empty() || (alone && !has_others_elsewhere(run, ranks.front()))) return std::nullopt;
  for (const RankOnGpu& rank : ranks) {
    if (!spins(rank.gpu)) return std::nullopt;
    if (run.age(*rank.member) - run.window() < thresholds::start_up_seconds) return std::nullopt;
  }
  double busy = 100, memory = 0;
  for (const RankOnGpu& rank : ranks) {
    busy = std::min(busy, *rank.gpu.busy_percent);
    memory = std::max(memory, *rank.gpu.memory_busy_percent);
  }
  const bool counted =
      std::ranges::all_of(ranks, [](const RankOnGpu& rank) { return rank.gpu.received_bytes_per_second.has_value(); });
  // The other hosts are not seen: they may have stopped, or be slow.
  Finding finding = run.finding(alone ? Severity::warning : Severity::critical, alone || !counted ? 0.6 : 0.75);
  finding.share_percent = busy;
  finding.summary =
      alone ? fmt::format("{} waits for ranks on other hosts: its GPU is \"busy\" and moves no data",
                          describe(*ranks.front().member))
            : fmt::format("all {} ranks wait for each other: their GPUs are \"busy\" and move no data", ranks.size());
  finding.evidence.push_back(
      run.evidence("gpu_percent", busy, thresholds::collective_busy_percent,
                   fmt::format("every GPU of theirs is called busy {:.0f} % of the time", busy)));
  finding.evidence.push_back(run.evidence("gpu_memory_percent", memory, thresholds::collective_memory_percent,
                                          fmt::format("their memory is used {:.1f} % of the time at most{}", memory,
                                                      counted ? ", and there is next to nothing on their links" : "")));
  const auto least =
      std::ranges::min_element(ranks, {}, [](const RankOnGpu& rank) { return rank.gpu.power_percent.value_or(100); });
  const GpuFacts& shown = least->gpu;
  finding.evidence.push_back(
      run.evidence("power_percent", shown.power_percent.value_or(0), thresholds::collective_power_percent,
                   fmt::format("{}: {}: a kernel that waits", label_of(*shown.gpu), effort_text(shown))));
  return finding;
}

}  // namespace

std::optional<Finding> collective_wait(const Case& run) {
  if (has_just_progressed(run)) return std::nullopt;
  std::optional<Finding> finding = collective_wait_by_threads(run);
  if (!finding) finding = collective_wait_by_gpu(run);
  if (!finding) return std::nullopt;
  finding->causes.emplace_back(
      "the ranks are in different collectives (one skipped a step, or has fewer batches), or one of them lost its "
      "connection");
  finding->actions.emplace_back(
      "compare where each rank stands: vigie syscalls of each; start again with TORCH_DISTRIBUTED_DEBUG=DETAIL, which "
      "names the collective that does not match");
  return finding;
}

}  // namespace vigie::rules
