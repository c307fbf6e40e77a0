#include <poll.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
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
namespace {

/// Sleeps until then (monotonic clock), or until the descriptor is readable; -1: none is waited for.
void sleep_until(std::int64_t deadline_ns, int fd) {
  if (fd < 0) {
    const timespec deadline{.tv_sec = deadline_ns / nanoseconds_per_second,
                            .tv_nsec = deadline_ns % nanoseconds_per_second};
    while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, nullptr) == EINTR) {
    }
    return;
  }
  const std::int64_t left = std::max<std::int64_t>(deadline_ns - monotonic_ns(), 0);
  const timespec timeout{.tv_sec = left / nanoseconds_per_second, .tv_nsec = left % nanoseconds_per_second};
  pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
  (void)::ppoll(&waiting, 1, &timeout, nullptr);
}

}  // namespace

Result<Frame> LiveFeed::next_traced() const {
  FeedOptions options = options_;
  narrow(root_, options);
  Snapshots snapshots(root_, options);
  if (Result<void> begun = snapshots.begin(Purpose::first); !begun) return pass(std::move(begun));
  Result<std::shared_ptr<Snapshot>> taken = snapshots.finish();
  if (!taken) return pass(std::move(taken));
  Result<CallTrace> traced = trace_details(root_, **taken, options.interval_seconds, options.detail.before_trace);
  if (!traced) return pass(std::move(traced));
  Snapshot& current = **taken;
  current.after = sys::instant_of(root_);
  current.sources.push_back(status_of(*traced));
  current.trace = std::move(*traced);
  Frame frame;
  frame.delta = diff(nullptr, current);
  frame.delta.elapsed_seconds = current.trace->seconds;
  frame.snapshot = std::move(*taken);
  if (options.runs) frame.view = runs_of(options, *frame.snapshot);
  return frame;
}

Result<Frame> LiveFeed::next() {
  if (options_.detail.of && options_.detail.what.has(proc::Detail::trace)) {
    if (Result<void> room = proc::check_room_for_descriptors(); !room) return pass(std::move(room));
    return next_traced();
  }
  while (true) {
    Result<std::optional<Frame>> frame = observer_.step();
    if (!frame) return pass(std::move(frame));
    if (*frame) return std::move(**frame);
    sleep_until(observer_.due_ns(), observer_.wake_fd());
  }
}

}  // namespace vigie
