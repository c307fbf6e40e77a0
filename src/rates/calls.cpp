#include "rates/calls.hpp"

#include <algorithm>

namespace vigie {

Reading<std::vector<CallShare>> call_shares(const CallCounts* earlier, const Reading<CallCounts>& later) {
  if (!later) return later.presence();
  const CallCounts none;
  const CallCounts& before = earlier == nullptr ? none : *earlier;
  if (later->looks < before.looks) return Presence::went_backwards;
  if (later->looks == before.looks) return Presence::unknown;
  const auto looks = static_cast<double>(later->looks - before.looks);
  std::vector<CallShare> shares;
  double all = 0;
  for (const CallCount& count : later->counts) {
    const auto old = std::ranges::find(before.counts, count.key, &CallCount::key);
    const std::uint64_t from = old == before.counts.end() ? 0 : old->samples;
    if (count.samples < from) return Presence::went_backwards;
    if (count.samples == from) continue;
    const auto seen = static_cast<double>(count.samples - from);
    all += seen;
    shares.push_back({.key = count.key, .share = seen, .threads = seen / looks});
  }
  for (CallShare& one : shares) one.share /= all;
  std::ranges::stable_sort(shares, std::ranges::greater(), &CallShare::share);
  return shares;
}

}  // namespace vigie
