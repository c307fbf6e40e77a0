// What both feeds do once they have snapshots.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "feed/feed_options.hpp"
#include "model/frame.hpp"

namespace vigie {

/// The runs of a snapshot, with the one that the target makes of a process that is in none
/// (About::target_is_run).
[[nodiscard]] RunView runs_of(const FeedOptions& options, const Snapshot& snapshot);

/// Whether the rules have something to go by.
[[nodiscard]] inline bool judges(const FeedOptions& options) {
  return options.what.judge && options.what.runs && options.pace.look_hz > 0;
}

/// For choosing in a snapshot: its runs, no rates.
[[nodiscard]] Frame bare_frame(const FeedOptions& options, const std::shared_ptr<const Snapshot>& snapshot);

/// Compared with the snapshot `before` (nullptr: none), runs recognised where they are wanted, not judged.
[[nodiscard]] Frame frame_of(std::shared_ptr<const Snapshot> before, std::shared_ptr<const Snapshot> snapshot,
                             const FeedOptions& options);

/// What the rules find in `window`, whose newest frame `frame` is, and what they suspect.
void judge_frame(std::span<const Frame> window, Frame& frame);

/// The frames of the last moments: what trends are seen in.
class Moments {
 public:
  /// Forgets what is older than so many seconds before it, where they are given; and the oldest beyond two minutes of a
  /// usual host, and less of one with a hundred thousand processes.
  void keep(Frame frame, double judged_seconds = 0);
  [[nodiscard]] bool empty() const { return frames_.empty(); }
  [[nodiscard]] const Frame& newest() const { return frames_.back(); }
  /// These, and as the newest what the rules judge: the frame `newest`, or of a longer time the same as it is when it
  /// is compared with the oldest moment of the last so many seconds.
  [[nodiscard]] std::vector<Frame> window(const Frame& newest, double seconds = 0) const;

 private:
  /// Counted from the newest, which is kept in any case.
  void forget_older_than(double seconds);

  std::vector<Frame> frames_;  ///< oldest first
};

}  // namespace vigie
