#include "sources/events/event_source.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <unordered_set>

#include "base/clock.hpp"
#include "sources/events/glimpse.hpp"

namespace vigie::events {
namespace {

/// The kernel tells the end of a process after its parent could know of it.
constexpr std::int64_t patience_ns = nanoseconds_per_second / 20;
/// Events may come faster than they can be looked at.
constexpr std::int64_t longest_drain_ns = nanoseconds_per_second / 2;

bool exists(pid_t pid) {
  return ::kill(pid, 0) == 0 || errno != ESRCH;
}

}  // namespace

Result<std::unique_ptr<EventSource>> EventSource::open(const Root& root) {
  ASSIGN_OR_RETURN(Connector connector, Connector::open(root));
  return std::unique_ptr<EventSource>(new EventSource(root, std::move(connector)));
}

void EventSource::take_in(const std::vector<ProcessEvent>& events) {
  std::unordered_set<pid_t> ending;
  for (const ProcessEvent& event : events) {
    if (event.kind == ProcessEvent::Kind::exit) ending.insert(event.pid);
  }
  for (const ProcessEvent& event : events) {
    switch (event.kind) {
      case ProcessEvent::Kind::fork: lives_.fork(event); break;
      case ProcessEvent::Kind::exec:
        // A process that has ended has no command line any more; its exit is looked at in a moment.
        lives_.exec(event, ending.contains(event.pid) ? Glimpse() : glimpse_of_program(root_, event.pid, buffer_));
        break;
      case ProcessEvent::Kind::exit:
        lives_.exit(event, lives_.wants_glimpse(event) ? glimpse(root_, event.pid, buffer_) : Glimpse());
        break;
    }
  }
}

void EventSource::drain(std::int64_t deadline_ns) {
  const std::int64_t begin = monotonic_ns();
  do {
    events_.clear();
    if (!connector_.receive(events_)) break;
    take_in(events_);
  } while (monotonic_ns() < deadline_ns);
  busy_ns_ += monotonic_ns() - begin;
}

void EventSource::take_in() {
  constexpr std::int64_t moment_ns = nanoseconds_per_second / 100;
  drain(monotonic_ns() + moment_ns);
}

bool EventSource::waits(const Snapshot& scan) {
  take_in();
  if (waits_until_ns_ == 0) waits_until_ns_ = monotonic_ns() + patience_ns;
  return monotonic_ns() < waits_until_ns_ && lives_.untold(scan, exists);
}

void EventSource::add_ended(const std::shared_ptr<Snapshot>& scan) {
  waits_until_ns_ = 0;
  drain(monotonic_ns() + longest_drain_ns);
  scan->ended = lives_.take(scan, exists);
  SourceStatus status{.name = "events", .state = SourceState::ok, .reason = {}, .duration_seconds = 0};
  status.duration_seconds = static_cast<double>(busy_ns_) / static_cast<double>(nanoseconds_per_second);
  busy_ns_ = 0;
  if (const std::uint64_t lost = connector_.overruns() - overruns_told_; lost > 0) {
    overruns_told_ += lost;
    status.state = SourceState::partial;
    status.reason = fmt::format(
        "events were lost {} time{}, too much happened at once: processes that ended may be missing, or their exit "
        "status unknown",
        lost, lost == 1 ? "" : "s");
  }
  scan->sources.push_back(std::move(status));
}

}  // namespace vigie::events
