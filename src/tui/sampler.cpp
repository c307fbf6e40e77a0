#include "tui/sampler.hpp"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "act/read_progress.hpp"
#include "base/clock.hpp"
#include "base/fd.hpp"
#include "base/units.hpp"
#include "feed/judging.hpp"
#include "feed/observer.hpp"

namespace vigie::tui {
namespace {

/// An interval and a scan of a large host take this much longer than the interval at most.
constexpr double patience_seconds = 2;
/// The first picture comes soon, whatever the interval.
constexpr double first_seconds = 0.4;
constexpr auto longest_end = std::chrono::milliseconds(300);

Result<std::vector<const Run*>> live_runs(const Frame& bare) {
  std::vector<const Run*> runs;
  for (const Run& run : bare.view.runs) {
    if (!is_over(run.state)) runs.push_back(&run);
  }
  return runs;
}

Fd event_fd() {
  return Fd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
}

void ring(const Fd& bell) {
  ::eventfd_write(bell.get(), 1);
}

void silence(const Fd& bell) {
  eventfd_t count = 0;
  ::eventfd_read(bell.get(), &count);
}

/// Until then, or until one of them is readable; -1: none.
void wait_for(std::int64_t due_ns, int wake, int other) {
  pollfd fds[]{{.fd = wake, .events = POLLIN, .revents = 0}, {.fd = other, .events = POLLIN, .revents = 0}};
  const std::int64_t left = std::max<std::int64_t>(due_ns - monotonic_ns(), 0);
  const timespec timeout{.tv_sec = static_cast<time_t>(left / nanoseconds_per_second),
                         .tv_nsec = static_cast<long>(left % nanoseconds_per_second)};
  ::ppoll(fds, 2, &timeout, nullptr);
}

}  // namespace

bool has_live_runs(const Frame& frame) {
  return std::ranges::any_of(frame.view.runs, [](const Run& run) { return !is_over(run.state); });
}

FeedOptions wants_of_top(bool runs, double interval_seconds) {
  using enum proc::Field;
  using enum sys::Part;
  FeedOptions feed;
  if (runs) {
    feed = watch_for_judging(live_runs, false);
    feed.what.read_progress = act::read_progress;
  } else {
    feed.what.judge = false;
  }
  feed.what.fields = feed.what.fields | proc::Fields(cmdline) | io | sched | shared;
  feed.what.host =
      feed.what.host | sys::Parts(cpu) | each_cpu | memory | paging | pressure | load | disks | interfaces | mounts;
  feed.what.users = true;
  feed.what.frozen = true;
  feed.what.gpus = GpuWish::if_there;
  feed.pace.interval_seconds = interval_seconds;
  return feed;
}

/// What the thread and the sampler have in common; the one that is left last frees it.
struct Sampler::Shared {
  Shared(Root where, double seconds) : root(std::move(where)), interval_seconds(seconds), since_ns(monotonic_ns()) {}

  void sample();
  bool wait_while_paused();
  void publish(Frame frame);
  void publish_error(Error error);

  const Root root;
  const double interval_seconds;
  Fd frames = event_fd(), stop = event_fd();
  std::mutex mutex;
  std::condition_variable changed;
  std::shared_ptr<const Frame> newest;  // not taken yet
  std::optional<Error> error;
  bool paused = false, stopping = false, ended = false;
  std::int64_t since_ns;  // when the newest frame came, or waiting for one began
};

/// What is wanted changes with the first run, and with the end of the last one.
void Sampler::Shared::sample() {
  bool runs = false, first = true;
  auto observer = std::make_unique<Observer>(root, wants_of_top(runs, std::min(interval_seconds, first_seconds)));
  while (wait_while_paused()) {
    Result<std::optional<Frame>> stepped = observer->step();
    if (!stepped && first) {
      publish_error(std::move(stepped).error());
      return;
    }
    if (!stepped) {  // a shortage passes; until then the picture says how old it is
      wait_for(monotonic_ns() + to_nanoseconds(interval_seconds), -1, stop.get());
      continue;
    }
    if (!*stepped) {
      wait_for(observer->due_ns(), observer->wake_fd(), stop.get());
      continue;
    }
    const bool now = has_live_runs(**stepped);
    publish(std::move(**stepped));
    if (now != runs || first) observer = std::make_unique<Observer>(root, wants_of_top(now, interval_seconds));
    runs = now;
    first = false;
  }
}

/// False: the end is wanted.
bool Sampler::Shared::wait_while_paused() {
  std::unique_lock lock(mutex);
  changed.wait(lock, [this] { return stopping || !paused; });
  return !stopping;
}

void Sampler::Shared::publish(Frame frame) {
  auto whole = std::make_shared<const Frame>(std::move(frame));
  {
    const std::scoped_lock lock(mutex);
    newest = std::move(whole);
    since_ns = monotonic_ns();
  }
  ring(frames);
}

void Sampler::Shared::publish_error(Error failed) {
  {
    const std::scoped_lock lock(mutex);
    error = std::move(failed);
  }
  ring(frames);
}

Sampler::Sampler(const Root& root, double interval_seconds)
    : shared_(std::make_shared<Shared>(root, interval_seconds)) {
  std::thread([shared = shared_] {
    shared->sample();
    const std::scoped_lock lock(shared->mutex);
    shared->ended = true;
    shared->changed.notify_all();
  }).detach();
}

Sampler::~Sampler() {
  std::unique_lock lock(shared_->mutex);
  shared_->stopping = true;
  ring(shared_->stop);
  shared_->changed.notify_all();
  shared_->changed.wait_for(lock, longest_end, [this] { return shared_->ended; });
}

int Sampler::fd() const {
  return shared_->frames.get();
}

Result<std::shared_ptr<const Frame>> Sampler::take() {
  silence(shared_->frames);
  const std::scoped_lock lock(shared_->mutex);
  if (shared_->error) return std::unexpected(*shared_->error);
  return std::exchange(shared_->newest, nullptr);
}

void Sampler::pause(bool paused) {
  const std::scoped_lock lock(shared_->mutex);
  shared_->paused = paused;
  shared_->since_ns = monotonic_ns();
  shared_->changed.notify_all();
}

std::string Sampler::late() const {
  const std::scoped_lock lock(shared_->mutex);
  const double seconds = static_cast<double>(monotonic_ns() - shared_->since_ns) / nanoseconds_per_second;
  if (shared_->paused || seconds < 2 * shared_->interval_seconds + patience_seconds) return {};
  return fmt::format("no answer for {}", spoken_duration(seconds));
}

}  // namespace vigie::tui
