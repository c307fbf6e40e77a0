// Frames of the live host for commands, which look and wait.
#pragma once

#include "base/result.hpp"
#include "base/root.hpp"
#include "feed/feed_options.hpp"
#include "feed/observer.hpp"
#include "model/frame.hpp"

namespace vigie {

/// Yields frames. One thread, blocking: an Observer, and sleep until it is due.
class LiveFeed {
 public:
  LiveFeed(const Root& root, FeedOptions options)
      : root_(root), options_(waiting(std::move(options))), observer_(root, options_) {}

  /// Scans; for the first frame with an interval scans twice. Errors: the proc tree could not be listed at all.
  Result<Frame> next();

 private:
  /// A frame whose interval is a recording of system calls after the scan, not between two: the target may end in it.
  [[nodiscard]] Result<Frame> next_traced() const;
  static FeedOptions waiting(FeedOptions options) {
    options.pace.may_wait = true;
    return options;
  }

  const Root& root_;
  FeedOptions options_;
  Observer observer_;
};

}  // namespace vigie
