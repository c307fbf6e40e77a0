#include "feed/replay_feed.hpp"

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

#include "rules/judge.hpp"

namespace vigie {
namespace {

/// Keeps the recorded details that are asked for; none where the target is not there, which the view will say.
void keep_wanted(const std::shared_ptr<Snapshot>& snapshot, const FeedOptions& options) {
  std::vector<ProcessDetail> all = std::exchange(snapshot->details, {});
  if (!options.what.detail.of) return;
  Frame bare;
  bare.snapshot = snapshot;
  if (options.what.runs) bare.view = runs_of(options, *snapshot);
  Result<std::vector<std::size_t>> wanted = options.what.detail.of(bare);
  if (!wanted) return;
  std::ranges::sort(*wanted);
  for (const std::size_t index : *wanted) {
    const ProcessId id = snapshot->processes[index].id;
    const auto found = std::ranges::find(all, id, &ProcessDetail::id);
    if (found != all.end()) snapshot->details.push_back(std::move(*found));
  }
}

bool apart(const Snapshot& earlier, const Snapshot& later, double seconds) {
  constexpr double tolerance = 0.9;  // scans are a little early and a little late
  return seconds_between(earlier.before, later.before) >= seconds * tolerance;
}

}  // namespace

Result<ReplayFeed> ReplayFeed::open(const std::string& path, FeedOptions options) {
  ASSIGN_OR_RETURN(wire::RecordingReader reader, wire::RecordingReader::open(path));
  return ReplayFeed(std::move(reader), std::move(options));
}

Result<std::shared_ptr<const Snapshot>> ReplayFeed::read() {
  if (!damage_.empty()) return nullptr;
  Result<std::shared_ptr<Snapshot>> next = reader_.next();
  if (!next && newest_ != nullptr) {
    damage_ = std::move(next).error().message;
    return nullptr;
  }
  ASSIGN_OR_RETURN(std::shared_ptr<Snapshot> snapshot, std::move(next));
  if (snapshot == nullptr) return nullptr;
  keep_wanted(snapshot, options_);
  if (judges(options_) && newest_ != nullptr) {
    const auto before = moments_.empty() ? newest_ : moments_.newest().snapshot;
    moments_.keep(frame_of(before, newest_, options_), options_.pace.judged_seconds);
  }
  newest_ = std::move(snapshot);
  return newest_;
}

Frame ReplayFeed::frame_since(std::shared_ptr<const Snapshot> before, std::shared_ptr<const Snapshot> snapshot) const {
  Frame frame = frame_of(std::move(before), std::move(snapshot), options_);
  if (judges(options_)) judge_frame(moments_.window(frame, options_.pace.judged_seconds), frame);
  return frame;
}

Result<Frame> ReplayFeed::last() {
  // Patience costs nothing here.
  const double seconds =
      std::max(options_.pace.interval_seconds, judges(options_) ? options_.pace.patience_seconds : 0);
  std::deque<std::shared_ptr<const Snapshot>> recent;
  while (true) {
    ASSIGN_OR_RETURN(std::shared_ptr<const Snapshot> snapshot, read());
    if (snapshot == nullptr) break;
    recent.push_back(std::move(snapshot));
    while (recent.size() > 1 && apart(*recent[1], *recent.back(), seconds)) recent.pop_front();
  }
  if (recent.empty()) return fail("the recording holds no snapshot: it was ended at once");
  const bool rates = options_.pace.interval_seconds > 0 && recent.size() > 1;
  return frame_since(rates ? recent.front() : nullptr, recent.back());
}

Result<std::optional<Frame>> ReplayFeed::next() {
  while (true) {
    ASSIGN_OR_RETURN(std::shared_ptr<const Snapshot> snapshot, read());
    if (snapshot == nullptr) return std::nullopt;
    if (previous_ == nullptr) {
      previous_ = std::move(snapshot);
    } else if (apart(*previous_, *snapshot, options_.pace.interval_seconds)) {
      return frame_since(std::exchange(previous_, snapshot), snapshot);
    }
  }
}

}  // namespace vigie
