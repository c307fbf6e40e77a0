// Frames of a recording: the same as live ones, of another time or another host.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "feed/feed_options.hpp"
#include "feed/frame_of.hpp"
#include "model/frame.hpp"
#include "wire/recording.hpp"

namespace vigie {

/// It honours the interval, whose details are wanted, and whether runs are recognised and judged; the recording decided
/// the other options.
class ReplayFeed {
 public:
  static Result<ReplayFeed> open(const std::string& path, FeedOptions options);

  /// How it ended: the last snapshot compared with the one that was an interval before it, or with the first one when
  /// the recording is shorter. Fails when there is none.
  Result<Frame> last();

  /// What came next: the snapshot an interval after the one before. Nothing at the end.
  Result<std::optional<Frame>> next();

  /// Why it ended before its end, a sentence; empty: it did not, or not yet. What was before the damage counts.
  [[nodiscard]] const std::string& damage() const { return damage_; }

 private:
  ReplayFeed(wire::RecordingReader reader, FeedOptions options)
      : reader_(std::move(reader)), options_(std::move(options)) {}
  /// The next snapshot as it is looked at; nullptr at the end.
  Result<std::shared_ptr<const Snapshot>> read();
  /// Compared with `before`, and judged together with the moments until then.
  Frame frame_since(std::shared_ptr<const Snapshot> before, std::shared_ptr<const Snapshot> snapshot) const;

  wire::RecordingReader reader_;
  FeedOptions options_;
  std::shared_ptr<const Snapshot> previous_;
  std::shared_ptr<const Snapshot> newest_;
  Moments moments_;  ///< of all snapshots but the newest
  std::string damage_;
};

}  // namespace vigie
