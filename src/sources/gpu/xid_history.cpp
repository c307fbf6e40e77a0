#include "sources/gpu/xid_history.hpp"

#include <algorithm>
#include <optional>
#include <ranges>

#include "model/xid.hpp"

namespace vigie::gpu::nvml {
namespace {

constexpr double quiet_seconds = 10;     ///< without an error: a burst is over
constexpr double history_seconds = 600;  ///< after which a program's error is no news
constexpr std::size_t most = 64;         ///< numbers that are kept

void add(std::vector<unsigned>& numbers, unsigned xid) {
  if (numbers.size() < most && std::ranges::find(numbers, xid) == numbers.end()) numbers.push_back(xid);
}

void add(std::vector<unsigned>& numbers, const std::vector<unsigned>& more) {
  for (const unsigned xid : more) add(numbers, xid);
}

}  // namespace

void XidHistory::note(unsigned xid, const Instant& when) {
  if (bursts_.empty() || seconds_between(bursts_.back().last, when) > quiet_seconds) bursts_.emplace_back();
  bursts_.back().last = when;
  add(bursts_.back().numbers, xid);
}

void XidHistory::tell(GpuSample& gpu, const Instant& now) {
  while (!bursts_.empty() && seconds_between(bursts_.front().last, now) >= history_seconds) {
    const std::vector<unsigned>& old = bursts_.front().numbers;
    if (xid_of(leading_xid(old)).kind == XidKind::hardware) add(kept_, old);
    bursts_.erase(bursts_.begin());
  }
  std::vector<unsigned> all = kept_;
  std::optional<unsigned> newest;  // of several bursts that are alike the last one is what goes on now
  for (const Burst& burst : std::views::reverse(bursts_)) {
    const unsigned leader = leading_xid(burst.numbers);
    if (!newest || xid_of(leader).kind > xid_of(*newest).kind) newest = leader;
  }
  for (const Burst& burst : bursts_) add(all, burst.numbers);
  gpu.xid = Presence::unknown;
  gpu.xids = Presence::unknown;
  if (all.empty()) return;
  // A GPU whose hardware failed once is not right before its reset: later errors are a consequence.
  const unsigned first = leading_xid(all);
  gpu.xid = xid_of(first).kind == XidKind::hardware || !newest ? first : *newest;
  gpu.xids = std::move(all);
}

}  // namespace vigie::gpu::nvml
