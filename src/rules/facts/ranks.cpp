#include "rules/facts/ranks.hpp"

#include <algorithm>

#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

bool is_on(const GpuSample& gpu, pid_t pid) {
  return gpu.clients && std::ranges::find(*gpu.clients, pid, &GpuClient::pid) != gpu.clients->end();
}

}  // namespace

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

}  // namespace vigie::rules
