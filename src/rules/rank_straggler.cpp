// rank-straggler: one rank holds the others up.
#include <algorithm>

#include <fmt/format.h>

#include "rules/facts/ranks.hpp"
#include "rules/rule.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

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
  Finding finding = run.finding(Severity::warning, std::min(0.95, 0.5 + others / 2));
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

/// All GPUs are busy all the time but one.
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
  Finding finding = run.finding(Severity::warning, 0.7);
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

}  // namespace

std::optional<Finding> rank_straggler(const Case& run) {
  std::optional<Finding> finding = straggler_by_threads(run);
  return finding ? finding : straggler_by_gpu(run);
}

}  // namespace vigie::rules
