// Rules about ranks of a distributed training, which wait for each other in every step.
#include <algorithm>

#include <fmt/format.h>

#include "rules/case.hpp"
#include "rules/gpu_ranks.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

struct Rank {
  const Member* member = nullptr;
  const StateShares* shares = nullptr;

  /// Not able to go on for a reason of its own: a disk, a stop, a sleep that it asked for, or work.
  [[nodiscard]] double own_business() const {
    return shares->running + shares->disk + shares->stopped + shares->in_timer;
  }
  [[nodiscard]] double waits() const { return std::max(0.0, shares->asleep - shares->in_timer); }
};

std::vector<Rank> ranks_of(const Case& run) {
  std::vector<Rank> ranks;
  for (const Member& member : run.run().members) {
    if (member.role != Role::rank) continue;
    const StateShares* const shares = run.shares(member);
    if (shares == nullptr) return {};  // one that was not seen may be the one
    ranks.push_back({.member = &member, .shares = shares});
  }
  return ranks;
}

std::string what_it_does(const Rank& rank) {
  if (rank.shares->stopped > 0.5) return "it is stopped (state T)";
  if (rank.shares->disk > rank.shares->running && rank.shares->disk > 0.3)
    return fmt::format("it waits for a disk in {:.0f} % of the looks", rank.shares->disk * 100);
  if (rank.shares->in_timer > 0.5) return "it sleeps for a time of its own";
  return fmt::format("it is running in {:.0f} % of the looks", rank.shares->running * 100);
}

std::optional<Finding> straggler_by_threads(const Case& run) {
  const std::vector<Rank> ranks = ranks_of(run);
  if (ranks.size() < 2) return std::nullopt;
  const auto slowest = std::ranges::min_element(ranks, {}, &Rank::waits);
  double least_of_others = 1;
  double others = 0;
  for (auto rank = ranks.begin(); rank != ranks.end(); ++rank) {
    if (rank == slowest) continue;
    least_of_others = std::min(least_of_others, rank->waits());
    others += rank->waits() / static_cast<double>(ranks.size() - 1);
  }
  if (slowest->waits() > thresholds::rank_works || least_of_others < thresholds::rank_waits) return std::nullopt;
  if (slowest->own_business() < thresholds::rank_waits) return std::nullopt;
  Finding finding = run.finding("rank-straggler", Severity::warning, std::min(0.95, 0.5 + others / 2));
  finding.share_percent = 100 * others;
  const std::string name = describe(*slowest->member);
  finding.summary = fmt::format("{} holds the others up: they wait {:.0f} % of the time", name, others * 100);
  finding.evidence.push_back(
      run.evidence("rank_waiting_percent", slowest->waits() * 100, thresholds::rank_works * 100,
                   fmt::format("{} waits in {:.0f} % of {} looks: {}", run.name_of(*slowest->member),
                               slowest->waits() * 100, slowest->shares->looks, what_it_does(*slowest))));
  finding.evidence.push_back(run.evidence("other_ranks_waiting_percent", others * 100, thresholds::rank_waits * 100,
                                          fmt::format("the other {} wait in {:.0f} % of them, on average",
                                                      Case::counted(ranks.size() - 1, "rank"), others * 100)));
  const double delay = run.rates(*slowest->member).run_delay_percent.value_or(0);
  if (delay >= thresholds::run_delay_percent) {
    finding.evidence.push_back(run.evidence("run_delay_percent", delay, thresholds::run_delay_percent,
                                            fmt::format("{} waits for a CPU {:.0f} % of the time", name, delay)));
  }
  finding.causes.push_back(delay >= thresholds::run_delay_percent
                               ? name + " shares its CPUs with others"
                               : name +
                                     " has more to do in a step: larger samples, more logging or checks, a slower "
                                     "device, or its own input pipeline");
  finding.actions.push_back(fmt::format("look at what {} does that the others do not: vigie syscalls {}", name,
                                        run.process(*slowest->member).id.pid));
  return finding;
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
  Finding finding = run.finding("collective-wait", Severity::critical, 0.8);
  finding.share_percent = 100 * asleep;
  finding.summary = fmt::format("all {} ranks wait for each other: nobody computes", ranks.size());
  finding.evidence.push_back(run.evidence(
      "rank_waiting_percent", asleep * 100, thresholds::all_ranks_wait * 100,
      fmt::format("every one of {} ranks asleep in {:.0f} % of the looks or more", ranks.size(), asleep * 100)));
  finding.evidence.push_back(
      run.evidence("cpu_percent", run.cpu_percent(), 5 * thresholds::silent_cpu_percent,
                   fmt::format("{:.1f} % of a CPU used by all of them together", run.cpu_percent())));
  return finding;
}

/// A bar that moved a moment ago is of ranks that wait for their devices.
bool has_just_progressed(const Case& run) {
  const Reading<Progress>& progress = run.run().progress;
  return progress && progress->wall_ns > 0 &&
         run.frame().snapshot->after.wall_ns - progress->wall_ns <
             static_cast<std::int64_t>(thresholds::hung_seconds * nanoseconds_per_second);
}

}  // namespace

std::optional<Finding> rank_straggler(const Case& run) {
  std::optional<Finding> finding = straggler_by_threads(run);
  return finding ? finding : straggler_by_gpu(run);
}

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
