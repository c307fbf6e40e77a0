// Frames of the live host, for a caller that owns the time: a screen that reads keys meanwhile, an agent that serves.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/result.hpp"
#include "base/root.hpp"
#include "feed/feed_options.hpp"
#include "feed/frame_of.hpp"
#include "feed/snapshots.hpp"
#include "model/frame.hpp"
#include "sources/events/event_source.hpp"

namespace vigie {

/// Scans the host, compares with the scan before, recognises runs and judges them, a step at a time. One thread.
///
///     while (true) {
///       Result<std::optional<Frame>> stepped = observer.step();
///       if (!stepped || *stepped) return …;
///       // other things, or poll(2), until observer.due_ns() or until observer.wake_fd() is readable
///     }
class Observer {
 public:
  Observer(const Root& root, FeedOptions options);
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;

  /// When step() has something to do: CLOCK_MONOTONIC, nanoseconds. 0: at once.
  [[nodiscard]] std::int64_t due_ns() const { return due_ns_; }
  /// Readable when step() has something to do before that; -1: nothing is.
  [[nodiscard]] int wake_fd() const;
  /// Does what is due and never sleeps; a call that comes too early does nothing. A frame when one is complete, of the
  /// interval since the frame before. Errors: the proc tree could not be listed at all; step() then begins anew.
  Result<std::optional<Frame>> step();

 private:
  enum class Phase : std::uint8_t {
    idle,      ///< the next step begins an interval
    first,     ///< the snapshot that rates begin at waits for its sources
    interval,  ///< in which threads or calls are looked at, where that is wanted
    between,   ///< the snapshot of a second in between waits for its sources
    shown,     ///< that of the frame waits for its sources
  };

  Result<std::optional<Frame>> advance();
  [[nodiscard]] bool waits();
  Result<void> begin();
  Result<std::optional<Frame>> end_first();
  void begin_interval(double seconds);
  Result<void> step_in_interval();
  Result<void> begin_between();
  Result<void> end_between();
  Result<void> begin_shown();
  Result<std::optional<Frame>> end_shown();
  Result<Frame> finish_frame();
  /// While a rule is not sure another second is looked at, as long as patience reaches.
  std::optional<Frame> judged(Frame frame);
  void keep(const std::shared_ptr<const Snapshot>& snapshot);
  [[nodiscard]] bool rates() const { return options_.pace.interval_seconds > 0; }
  [[nodiscard]] bool looks() const { return options_.pace.look_hz > 0; }
  [[nodiscard]] bool calls() const {
    return options_.what.detail.of && options_.what.detail.what.has(proc::Detail::calls);
  }

  const Root& root_;
  FeedOptions options_;
  Snapshots snapshots_;
  std::unique_ptr<events::EventSource> events_;  ///< from the first frame on, when events are asked for
  std::shared_ptr<const Snapshot> previous_;
  Moments moments_;  ///< frames of each second so far

  Phase phase_ = Phase::idle;
  std::int64_t due_ns_ = 0;
  std::int64_t end_ns_ = 0;          ///< of the interval
  std::int64_t next_look_ns_ = 0;    ///< at threads or calls
  std::int64_t next_search_ns_ = 0;  ///< for the members of runs: the snapshot in between
  std::int64_t search_began_ns_ = 0;
  std::int64_t looking_ns_ = 0;  ///< that looks took since the frame before
};

}  // namespace vigie
