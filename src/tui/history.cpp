#include "tui/history.hpp"

#include <algorithm>
#include <utility>

#include "feed/frame_of.hpp"
#include "wire/packed_snapshot.hpp"

namespace vigie::tui {
namespace {

/// An hour at the usual interval.
constexpr std::size_t most_moments = 1800;

}  // namespace

void History::add(std::shared_ptr<const Frame> frame) {
  moments_.push_back(moment_of(*frame));
  if (moments_.size() >= 2 * most_moments) {
    const std::size_t gone = moments_.size() - most_moments;
    moments_.erase(moments_.begin(), moments_.begin() + static_cast<std::ptrdiff_t>(gone));
    first_moment_ += gone;
  }
  frames_.push_back({.snapshot = wire::pack_snapshot(*frame->snapshot),
                     .findings = frame->findings,
                     .too_early = frame->too_early,
                     .suspicions = frame->suspicions});
  bytes_ += frames_.back().snapshot.size();
  newest_ = std::move(frame);
  ++added_;
  forget_what_has_no_room();
}

/// Those that have no moment any more go, too: a graph ends at the frame that is shown.
void History::forget_what_has_no_room() {
  while (frames_.size() > 1 && (bytes_ > most_bytes_ || oldest() < first_moment_)) {
    bytes_ -= frames_.front().snapshot.size();
    frames_.pop_front();
  }
}

/// Made of snapshots by the code that makes live frames; what was found then is kept, as judging takes all that was
/// read.
std::shared_ptr<const Frame> History::unpacked(std::uint64_t number) const {
  const std::size_t at = number - oldest();
  std::shared_ptr<const Snapshot> snapshot = wire::unpack_snapshot(frames_[at].snapshot);
  if (snapshot == nullptr) return newest_;
  std::shared_ptr<const Snapshot> before = at > 0 ? wire::unpack_snapshot(frames_[at - 1].snapshot) : nullptr;
  auto frame = std::make_shared<Frame>(frame_of(std::move(before), std::move(snapshot), {}));
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
