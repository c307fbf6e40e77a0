#include <utility>

#include "base/clock.hpp"
#include "feed/feed.hpp"
#include "feed/frame_of.hpp"
#include "feed/narrow.hpp"
#include "feed/snapshots.hpp"
#include "feed/traced.hpp"
#include "rates/diff.hpp"
#include "sources/proc/descriptors.hpp"

namespace vigie {
Result<Frame> LiveFeed::next_traced() const {
  FeedOptions options = options_;
  narrow(root_, options);
  Snapshots snapshots(root_, options);
  RETURN_IF_ERROR(snapshots.begin(Purpose::first));
  ASSIGN_OR_RETURN(std::shared_ptr<Snapshot> taken, snapshots.finish());
  ASSIGN_OR_RETURN(CallTrace traced,
                   trace_details(root_, *taken, options.pace.interval_seconds, options.what.detail.before_trace));
  Snapshot& current = *taken;
  current.after = sys::instant_of(root_);
  current.sources.push_back(status_of(traced));
  current.trace = std::move(traced);
  Frame frame;
  frame.delta = diff(nullptr, current);
  frame.delta.elapsed_seconds = current.trace->seconds;
  frame.snapshot = std::move(taken);
  if (options.what.runs) frame.view = runs_of(options, *frame.snapshot);
  return frame;
}

Result<Frame> LiveFeed::next() {
  if (options_.what.detail.of && options_.what.detail.what.has(proc::Detail::trace)) {
    RETURN_IF_ERROR(proc::check_room_for_descriptors());
    return next_traced();
  }
  while (true) {
    ASSIGN_OR_RETURN(std::optional<Frame> frame, observer_.step());
    if (frame) return *std::move(frame);
    sleep_until(observer_.due_ns(), observer_.wake_fd());
  }
}

}  // namespace vigie
