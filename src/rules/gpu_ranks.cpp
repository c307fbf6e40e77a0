#include "rules/gpu_ranks.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/number.hpp"
#include "rules/facts/gpu_facts.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

struct RankOnGpu {
  const Member* member = nullptr;
  GpuFacts gpu;
};

bool is_on(const GpuSample& gpu, pid_t pid) {
  return gpu.clients && std::ranges::find(*gpu.clients, pid, &GpuClient::pid) != gpu.clients->end();
}

/// Each rank with the GPU that it has alone; empty unless every rank has one whose use is known.
std::vector<RankOnGpu> ranks_on_gpus(const Case& run) {
  const std::vector<GpuFacts> gpus = gpus_of(run);
  std::vector<RankOnGpu> ranks;
  for (const Member& member : run.run().members) {
    if (member.role != Role::rank) continue;
    const pid_t pid = run.process(member).id.pid;
    const auto its = [&](const GpuFacts& gpu) { return is_on(*gpu.gpu, pid); };
    if (std::ranges::count_if(gpus, its) != 1) return {};
    const GpuFacts& gpu = *std::ranges::find_if(gpus, its);
    const bool taken = std::ranges::any_of(ranks, [&](const RankOnGpu& rank) { return rank.gpu.gpu == gpu.gpu; });
    if (taken || !gpu.busy_percent) return {};
    ranks.push_back({.member = &member, .gpu = gpu});
  }
  return ranks;
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

}  // namespace

std::optional<Finding> straggler_by_gpu(const Case& run) {
  const std::vector<RankOnGpu> ranks = ranks_on_gpus(run);
  if (ranks.size() < 2) return std::nullopt;
  const auto busy = [](const RankOnGpu& rank) { return *rank.gpu.busy_percent; };
  const auto slowest = std::ranges::min_element(ranks, {}, busy);
  double least_of_others = 100;
  for (auto rank = ranks.begin(); rank != ranks.end(); ++rank) {
    if (rank != slowest) least_of_others = std::min(least_of_others, busy(*rank));
  }
  const double bound = least_of_others - thresholds::straggler_gap_percent;
  if (least_of_others < thresholds::collective_busy_percent || busy(*slowest) > bound) return std::nullopt;
  Finding finding = run.finding("rank-straggler", Severity::warning, 0.7);
  finding.share_percent = 100 - busy(*slowest);
  const std::string name = describe(*slowest->member);
  finding.summary = fmt::format("{} holds the others up: its GPU works {:.0f} % of the time, theirs wait for it", name,
                                busy(*slowest));
  finding.evidence.push_back(
      run.evidence("gpu_percent", busy(*slowest), bound,
                   fmt::format("{} of {} is busy {:.0f} % of the time", label_of(*slowest->gpu.gpu),
                               run.name_of(*slowest->member), busy(*slowest))));
  finding.evidence.push_back(
      run.evidence("other_ranks_gpu_percent", least_of_others, thresholds::collective_busy_percent,
                   fmt::format("those of the other {} are {:.0f} % and more: a collective that waits is a kernel that "
                               "runs",
                               Case::counted(ranks.size() - 1, "rank"), least_of_others)));
  finding.causes.push_back(name +
                           " has more to do between its steps on the GPU: its input pipeline, logging, checks, or CPUs "
                           "that others use");
  const pid_t pid = run.process(*slowest->member).id.pid;
  finding.actions.push_back(
      fmt::format("look at what {0} does that the others do not: vigie why {1}, vigie syscalls {1}", name, pid));
  return finding;
}

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
  Finding finding =
      run.finding("collective-wait", alone ? Severity::warning : Severity::critical, alone || !counted ? 0.6 : 0.75);
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

}  // namespace vigie::rules
