// Live frames: scans the host, compares with the scan before, recognises runs and judges them.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "base/root.hpp"
#include "model/frame.hpp"
#include "sources/proc/proc_source.hpp"

namespace vigie {

/// What a command wants to see.
struct FeedOptions {
  proc::Fields fields;          ///< what to read of each process
  double interval_seconds = 1;  ///< between two scans; 0 = one scan, no rates
  double look_hz = 0;           ///< thread-state looks per second in between; 0 = none
  bool runs = true;             ///< recognise runs (reads what that needs)
};

/// Yields frames. One thread, blocking.
class LiveFeed {
 public:
  LiveFeed(const Root& root, FeedOptions options);

  /// Scans; for the first frame with an interval scans twice. Errors: the proc tree could not be listed at all.
  Result<Frame> next();

 private:
  const Root& root_;
  FeedOptions options_;
  std::shared_ptr<const Snapshot> previous_;
};

}  // namespace vigie
