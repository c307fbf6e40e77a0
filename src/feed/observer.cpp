#include "feed/observer.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "feed/file_progress.hpp"
#include "feed/narrow.hpp"
#include "rules/judge.hpp"
#include "sources/proc/descriptors.hpp"

namespace vigie {
namespace {

/// How often a source that is waited for is asked whether it has answered.
constexpr std::int64_t between_questions_ns = 2'000'000;
constexpr std::int64_t between_calls_ns = nanoseconds_per_second / 20;

FeedOptions narrowed(const Root& root, FeedOptions options) {
  narrow(root, options);
  return options;
}

}  // namespace

Observer::Observer(const Root& root, FeedOptions options)
    : root_(root), options_(narrowed(root, std::move(options))), snapshots_(root, options_) {}

int Observer::wake_fd() const {
  return events_ != nullptr && phase_ == Phase::interval ? events_->fd() : -1;
}

Result<std::optional<Frame>> Observer::step() {
  Result<std::optional<Frame>> frame = advance();
  if (!frame || *frame) {
    phase_ = Phase::idle;
    due_ns_ = 0;
  }
  return frame;
}

/// A phase that needs no waiting is followed by the next one in the same step.
Result<std::optional<Frame>> Observer::advance() {
  constexpr auto nothing_yet = [] { return Result<std::optional<Frame>>(std::nullopt); };
  while (true) {
    const Phase before = phase_;
    Result<void> done;
    switch (phase_) {
      case Phase::idle: done = begin(); break;
      case Phase::interval: done = step_in_interval(); break;
      case Phase::first:
      case Phase::between:
      case Phase::shown: {
        if (waits()) {
          due_ns_ = monotonic_ns() + between_questions_ns;
          return nothing_yet();
        }
        if (phase_ == Phase::between) {
          done = end_between();
          break;
        }
        Result<std::optional<Frame>> frame = phase_ == Phase::first ? end_first() : end_shown();
        if (!frame || *frame) return frame;
        break;
      }
    }
    RETURN_IF_ERROR(done);
    if (phase_ == before && phase_ == Phase::interval) return nothing_yet();
  }
}

bool Observer::waits() {
  if (snapshots_.waits()) return true;
  return phase_ == Phase::shown && events_ != nullptr && events_->waits(snapshots_.begun());
}

Result<void> Observer::begin() {
  RETURN_IF_ERROR(proc::check_room_for_descriptors());
  if (options_.what.events && rates() && events_ == nullptr) {
    ASSIGN_OR_RETURN(events_, events::EventSource::open(root_));
  }
  if (!rates()) return begin_shown();
  if (previous_ == nullptr) {
    phase_ = Phase::first;
    return snapshots_.begin(Purpose::first);
  }
  looking_ns_ = 0;
  if (judges(options_)) keep(previous_);
  begin_interval(options_.pace.interval_seconds);
  return {};
}

Result<std::optional<Frame>> Observer::end_first() {
  ASSIGN_OR_RETURN(previous_, snapshots_.finish());
  if (events_ != nullptr) events_->begin(previous_);
  // No GPU, or no answer: an interval would not change that.
  if (options_.what.gpus == GpuWish::needed && !previous_->gpus)
    return std::optional<Frame>(frame_of(nullptr, previous_, options_));
  looking_ns_ = 0;
  if (judges(options_)) keep(previous_);
  begin_interval(options_.pace.interval_seconds);
  return std::nullopt;
}

void Observer::begin_interval(double seconds) {
  const std::int64_t begin = monotonic_ns();
  phase_ = Phase::interval;
  end_ns_ = begin + to_nanoseconds(seconds);
  due_ns_ = end_ns_;
  if (!looks() && !calls()) return;
  due_ns_ = next_look_ns_ = begin;
  next_search_ns_ = begin + nanoseconds_per_second;
  if (looks()) snapshots_.find_members(*previous_);
}

Result<void> Observer::step_in_interval() {
  const std::int64_t begin = monotonic_ns();
  if (events_ != nullptr) events_->take_in();
  if (begin >= end_ns_) return begin_shown();
  if (begin < due_ns_) return {};
  if (looks() && !calls() && begin >= next_search_ns_) return begin_between();
  std::int64_t period = between_calls_ns;
  if (calls()) {
    std::vector<ProcessId> watched;
    for (const ProcessDetail& detail : previous_->details) watched.push_back(detail.id);
    snapshots_.look_at_calls(watched);
  } else {
    period = std::max<std::int64_t>(to_nanoseconds(1 / options_.pace.look_hz), 1'000'000);
    snapshots_.look_at_states();
  }
  const std::int64_t done = monotonic_ns();
  looking_ns_ += done - begin;
  // Looks that take long become rarer: vigie never looks for more than half of the time.
  next_look_ns_ = std::max(next_look_ns_ + period, done + (done - begin));
  due_ns_ = std::min(next_look_ns_, end_ns_);
  return {};
}

/// Loader workers come and go with each epoch: the processes to look at are found anew each second.
Result<void> Observer::begin_between() {
  search_began_ns_ = monotonic_ns();
  next_search_ns_ = search_began_ns_ + nanoseconds_per_second;
  // A scan that fails now may succeed at the end.
  if (snapshots_.begin(Purpose::between)) phase_ = Phase::between;
  return {};
}

Result<void> Observer::end_between() {
  phase_ = Phase::interval;
  if (Result<std::shared_ptr<Snapshot>> again = snapshots_.finish()) {
    snapshots_.find_members(**again);
    if (judges(options_)) keep(*again);
  }
  looking_ns_ += monotonic_ns() - search_began_ns_;
  due_ns_ = 0;
  return {};
}

Result<void> Observer::begin_shown() {
  phase_ = Phase::shown;
  return snapshots_.begin(Purpose::shown);
}

/// The frame of this moment, compared with the one before.
Result<Frame> Observer::finish_frame() {
  ASSIGN_OR_RETURN(std::shared_ptr<Snapshot> taken, snapshots_.finish());
  const std::shared_ptr<Snapshot> current = std::move(taken);
  if (events_ != nullptr) events_->add_ended(current);
  if (looks())
    snapshots_.add_states(*current, static_cast<double>(looking_ns_) / static_cast<double>(nanoseconds_per_second));
  if (calls() && !rates()) {
    std::vector<ProcessId> once;
    for (const ProcessDetail& detail : current->details) once.push_back(detail.id);
    snapshots_.look_at_calls(once);
  }
  if (calls()) snapshots_.add_calls(*current);
  Frame frame = frame_of(rates() ? previous_ : nullptr, current, options_);
  if (options_.what.read_progress && root_.live()) add_file_progress(options_.what.read_progress, frame);
  return frame;
}

Result<std::optional<Frame>> Observer::end_shown() {
  ASSIGN_OR_RETURN(Frame frame, finish_frame());
  if (!judges(options_)) {
    previous_ = frame.snapshot;
    return std::optional<Frame>(std::move(frame));
  }
  return judged(std::move(frame));
}

std::optional<Frame> Observer::judged(Frame frame) {
  const std::vector<Frame> window = moments_.window(frame, options_.pace.judged_seconds);
  const double more =
      std::min(rules::more_seconds_wanted(window), options_.pace.patience_seconds - frame.delta.elapsed_seconds);
  if (more > 0) {
    keep(frame.snapshot);
    begin_interval(std::min(more, 1.0));
    return std::nullopt;
  }
  judge_frame(window, frame);
  previous_ = frame.snapshot;
  return frame;
}

void Observer::keep(const std::shared_ptr<const Snapshot>& snapshot) {
  moments_.keep(frame_of(moments_.empty() ? previous_ : moments_.newest().snapshot, snapshot, options_),
                options_.pace.judged_seconds);
}

}  // namespace vigie
