#include "sources/gpu/driver_thread.hpp"

#include <unistd.h>
#include <cstdio>
#include <cstdlib>

#include <condition_variable>
#include <mutex>
#include <new>
#include <optional>
#include <system_error>
#include <utility>

#include "sources/gpu/driver_calls.hpp"

namespace vigie::gpu {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds farewell{200};  ///< how long a pass under way is waited for at the end

double seconds(Clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

/// The library of a driver that hangs may hold locks that its destructors want: exit(3) would never come back.
void end_without_destructors(int status, void*) {
  std::fflush(nullptr);
  ::_exit(status);
}

}  // namespace

/// The state that the thread and its callers share; lives as long as either.
struct DriverThread::Shared {
  std::mutex mutex;
  std::condition_variable asked, answered;
  bool wanted = false, busy = false, ended = false;
  bool gone = false;  ///< the thread is about to end: nothing in it may hang any more
  bool late = false;  ///< the pass under way was waited for already
  Clock::time_point begun, came;
  double duration_seconds = 0;
  std::optional<Error> error;
  std::vector<GpuSample> gpus;
  DriverCalls calls;

  static Result<std::vector<GpuSample>> look(const std::function<DriverPass()>& make, DriverPass& pass) {
    try {
      if (!pass) pass = make();
      return pass();
    } catch (const std::bad_alloc&) {
      return fail("out of memory");  // short enough to take none
    }
  }

  void run(const std::function<DriverPass()>& make) {
    DriverPass pass;
    DriverCalls::of_this_thread = &calls;
    std::unique_lock lock(mutex);
    while (true) {
      asked.wait(lock, [&] { return wanted || ended; });
      if (ended) break;
      wanted = false;
      busy = true;
      begun = Clock::now();
      calls.begin_pass();
      lock.unlock();
      Result<std::vector<GpuSample>> result = look(make, pass);
      lock.lock();
      busy = late = false;
      came = Clock::now();
      duration_seconds = seconds(came - begun);
      error.reset();
      if (result) {
        gpus = std::move(*result);
      } else {
        error = std::move(result).error();
        gpus.clear();
      }
      answered.notify_all();
    }
    lock.unlock();
    pass = nullptr;  // on this thread, as everything that has to do with the driver: it may hang as well
    lock.lock();
    gone = true;
    answered.notify_all();
  }
};

DriverThread::DriverThread(std::function<DriverPass()> make) : shared_(std::make_shared<Shared>()) {
  try {
    thread_ = std::thread([shared = shared_, make = std::move(make)] { shared->run(make); });
  } catch (const std::system_error& error) {
    shared_->gone = true;
    shared_->error = fail_errno("cannot start a thread to look at GPUs", error.code().value()).error();
  }
}

DriverThread::~DriverThread() {
  std::unique_lock lock(shared_->mutex);
  shared_->ended = true;
  shared_->asked.notify_all();
  const bool gone = !shared_->late && shared_->answered.wait_for(lock, farewell, [&] { return shared_->gone; });
  lock.unlock();
  if (gone) {
    if (thread_.joinable()) thread_.join();
    return;
  }
  thread_.detach();
  ::on_exit(end_without_destructors, nullptr);
}

void DriverThread::begin() {
  const std::lock_guard lock(shared_->mutex);
  if (shared_->busy || shared_->wanted || shared_->gone) return;
  shared_->wanted = true;
  shared_->asked.notify_all();
}

bool DriverThread::ready() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->late || (!shared_->busy && !shared_->wanted);
}

DriverLook DriverThread::take(std::chrono::milliseconds patience) {
  std::unique_lock lock(shared_->mutex);
  Shared& shared = *shared_;
  if (shared.late) patience = std::chrono::milliseconds(0);
  const bool done = shared.answered.wait_for(lock, patience, [&] { return !shared.busy && !shared.wanted; });
  DriverLook look;
  if (done && shared.error) {
    look.state = shared.error->kind == ErrorKind::denied ? SourceState::denied : SourceState::missing;
    look.reason = shared.error->message;
    look.installed = shared.error->kind != ErrorKind::no_target;
    look.duration_seconds = shared.duration_seconds;
    return look;
  }
  if (done) {
    look.gpus = shared.gpus;
    look.duration_seconds = shared.duration_seconds;
    return look;
  }
  shared.late = true;
  const Clock::time_point now = Clock::now();
  look.state = SourceState::late;
  look.duration_seconds = shared.busy ? seconds(now - shared.begun) : 0;
  look.reason = describe_late(look.duration_seconds, shared.calls.slowest());
  for (const GpuSample& gpu : shared.gpus) look.gpus.push_back(as_stale(gpu, seconds(now - shared.came)));
  return look;
}

}  // namespace vigie::gpu
