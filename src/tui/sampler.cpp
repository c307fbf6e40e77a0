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
#include "rules/thresholds.hpp"
#include "sources/sys/power.hpp"

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

double in_seconds(std::int64_t nanoseconds) {
  return static_cast<double>(nanoseconds) / nanoseconds_per_second;
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
  feed.what.fields = feed.what.fields | proc::Fields(cmdline) | io | sched;
  feed.what.host =
      feed.what.host | sys::Parts(cpu) | each_cpu | memory | paging | pressure | load | disks | interfaces | mounts;
  feed.what.users = true;
  feed.what.frozen = true;
  feed.what.gpus = GpuWish::if_there;
  feed.pace.interval_seconds = interval_seconds;
  feed.pace.judged_seconds = rules::thresholds::leak_patience_seconds;  // as long as `vigie why` looks
  return feed;
}

/// What the thread and the sampler have in common; the one that is left last frees it.
struct Sampler::Shared {
  Shared(Root where, double seconds, proc::Fields fields)
      : root(std::move(where)),
        wanted_seconds(seconds),
        more(fields),
        interval_seconds(seconds),
        since_ns(monotonic_ns()) {}

  void sample();
  [[nodiscard]] std::unique_ptr<Observer> observer(bool runs, double seconds) const;
  Result<std::optional<Frame>> timed_step(Observer& observer);
  bool take_power();
  bool wait_while_paused();
  void publish(Frame frame);
  void publish_error(Error error);

  const Root root;
  const double wanted_seconds;
  const proc::Fields more;
  std::int64_t busy_ns = 0, late_ns = 0;  // of the frame that is made; the thread's own
  Fd frames = event_fd(), stop = event_fd();
  std::mutex mutex;
  std::condition_variable changed;
  std::shared_ptr<const Frame> newest;  // not taken yet
  std::optional<Error> error;
  double interval_seconds;       // on battery twice what is wanted
  std::optional<StepCost> cost;  // of the newest frame
  bool paused = false, stopping = false, ended = false;
  std::int64_t since_ns;  // when the newest frame came, or waiting for one began
};

/// What is wanted changes with the first run, and with the end of the last one.
void Sampler::Shared::sample() {
  bool runs = false, first = true;
  take_power();
  auto current = observer(runs, std::min(interval_seconds, first_seconds));
  while (wait_while_paused()) {
    Result<std::optional<Frame>> stepped = timed_step(*current);
    if (!stepped && first) {
      publish_error(std::move(stepped).error());
      return;
    }
    if (!stepped) {  // a shortage passes; until then the picture says how old it is
      wait_for(monotonic_ns() + to_nanoseconds(interval_seconds), -1, stop.get());
      continue;
    }
    if (!*stepped) {
      wait_for(current->due_ns(), current->wake_fd(), stop.get());
      continue;
    }
    const bool now = has_live_runs(**stepped);
    publish(std::move(**stepped));
    const bool other_pace = take_power();
    if (now != runs || first || other_pace) current = observer(now, interval_seconds);
    runs = now;
    first = false;
  }
}

std::unique_ptr<Observer> Sampler::Shared::observer(bool runs, double seconds) const {
  FeedOptions feed = wants_of_top(runs, seconds);
  feed.what.fields = feed.what.fields | more;
  return std::make_unique<Observer>(root, std::move(feed));
}

Result<std::optional<Frame>> Sampler::Shared::timed_step(Observer& observer) {
  const std::int64_t due = observer.due_ns(), began = monotonic_ns();
  if (due > 0) late_ns = std::max(late_ns, began - due);
  Result<std::optional<Frame>> stepped = observer.step();
  busy_ns += monotonic_ns() - began;
  return stepped;
}

/// True: the interval is another one now.
bool Sampler::Shared::take_power() {
  const double seconds = sys::on_battery(root) ? 2 * wanted_seconds : wanted_seconds;
  const std::scoped_lock lock(mutex);
  return std::exchange(interval_seconds, seconds) != seconds;
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
    cost = StepCost{.seconds = in_seconds(std::exchange(busy_ns, 0)),
                    .late_seconds = in_seconds(std::exchange(late_ns, 0))};
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

Sampler::Sampler(const Root& root, double interval_seconds, proc::Fields more)
    : shared_(std::make_shared<Shared>(root, interval_seconds, more)) {
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
  const double seconds = in_seconds(monotonic_ns() - shared_->since_ns);
  if (shared_->paused || seconds < 2 * shared_->interval_seconds + patience_seconds) return {};
  return fmt::format("no answer for {}", spoken_duration(seconds));
}

std::string Sampler::pace() const {
  const std::scoped_lock lock(shared_->mutex);
  if (shared_->interval_seconds == shared_->wanted_seconds) return {};
  return fmt::format("on battery: every {}", spoken_duration(shared_->interval_seconds));
}

std::optional<StepCost> Sampler::step_cost() const {
  const std::scoped_lock lock(shared_->mutex);
  return shared_->cost;
}

}  // namespace vigie::tui
