#include "tui/history.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "feed/frame_of.hpp"
#include "format/local_time.hpp"
#include "wire/packed_snapshot.hpp"

namespace vigie::tui {
namespace {

/// An hour at the usual interval.
constexpr std::size_t most_moments = 1800;

PackedSnapshot packed(const Snapshot& snapshot) {
  return std::make_shared<const std::string>(wire::pack_snapshot(snapshot));
}

/// A person's times have seconds and no parts of them.
std::int64_t second_of(std::int64_t wall_ns) {
  return wall_ns / nanoseconds_per_second;
}

}  // namespace

void History::add(std::shared_ptr<const Frame> frame) {
  moments_.push_back(moment_of(*frame));
  if (moments_.size() >= 2 * most_moments) {
    const std::size_t gone = moments_.size() - most_moments;
    moments_.erase(moments_.begin(), moments_.begin() + static_cast<std::ptrdiff_t>(gone));
    first_moment_ += gone;
  }
  if (empty() && frame->before != nullptr) before_oldest_ = packed(*frame->before);
  frames_.push_back({.snapshot = packed(*frame->snapshot),
                     .findings = frame->findings,
                     .too_early = frame->too_early,
                     .suspicions = frame->suspicions});
  bytes_ += frames_.back().snapshot->size();
  newest_ = std::move(frame);
  ++added_;
  forget_what_has_no_room();
}

/// Those that have no moment any more go, too: a graph ends at the frame that is shown.
void History::forget_what_has_no_room() {
  while (frames_.size() > 1 && (bytes_ > most_bytes_ || oldest() < first_moment_)) {
    bytes_ -= frames_.front().snapshot->size();
    before_oldest_ = std::move(frames_.front().snapshot);
    frames_.pop_front();
  }
}

/// Made of snapshots by the code that makes live frames; what was found then is kept, as judging takes all that was
/// read.
std::shared_ptr<const Frame> History::unpacked(std::uint64_t number) const {
  const std::size_t at = number - oldest();
  std::shared_ptr<const Snapshot> snapshot = wire::unpack_snapshot(*frames_[at].snapshot);
  if (snapshot == nullptr) return newest_;
  const PackedSnapshot& packed_before = before(at);
  std::shared_ptr<const Snapshot> earlier = packed_before ? wire::unpack_snapshot(*packed_before) : nullptr;
  auto frame = std::make_shared<Frame>(frame_of(std::move(earlier), std::move(snapshot), {}));
  frame->findings = frames_[at].findings;
  frame->too_early = frames_[at].too_early;
  frame->suspicions = frames_[at].suspicions;
  return frame;
}

/// The same one is asked for with every key.
std::shared_ptr<const Frame> History::frame(std::uint64_t number) const {
  if (number == newest()) return newest_;
  if (past_ == nullptr || past_number_ != number) past_ = unpacked(number);
  past_number_ = number;
  return past_;
}

const PackedSnapshot& History::before(std::size_t at) const {
  return at == 0 ? before_oldest_ : frames_[at - 1].snapshot;
}

std::span<const Moment> History::shown_moments() const {
  return std::span(moments_).subspan(static_cast<std::size_t>(oldest() - first_moment_));
}

std::optional<std::uint64_t> History::at(std::int64_t wall_ns) const {
  const std::span<const Moment> shown = shown_moments();
  const std::int64_t wanted = second_of(wall_ns);
  if (wanted < second_of(shown.front().wall_ns)) return {};
  const auto found = std::ranges::find_if(shown, [&](const Moment& one) { return second_of(one.wall_ns) >= wanted; });
  if (found == shown.end()) return {};
  return oldest() + static_cast<std::uint64_t>(found - shown.begin());
}

std::string History::span() const {
  return fmt::format("{} to {}", format::local_time(shown_moments().front().wall_ns),
                     format::local_time(newest_wall_ns()));
}

std::vector<PackedSnapshot> History::snapshots(std::optional<std::uint64_t> only) const {
  std::vector<PackedSnapshot> all;
  if (empty()) return all;
  const std::size_t first = only ? static_cast<std::size_t>(std::clamp(*only, oldest(), newest()) - oldest()) : 0;
  const std::size_t end = only ? first + 1 : frames_.size();
  if (const PackedSnapshot& earlier = before(first); earlier != nullptr) all.push_back(earlier);
  for (std::size_t at = first; at < end; ++at) all.push_back(frames_[at].snapshot);
  return all;
}

Window History::until(std::optional<std::uint64_t> number) const {
  if (empty()) return {};
  const std::uint64_t shown = std::clamp(number.value_or(newest()), oldest(), newest());
  const std::span<const Moment> moments(moments_);
  return {.frame = frame(shown),
          .moments = moments.first(static_cast<std::size_t>(shown - first_moment_) + 1),
          .first = first_moment_,
          .past = shown != newest()};
}

}  // namespace vigie::tui
