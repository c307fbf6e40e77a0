#include "feed/observer.hpp"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "base/clock.hpp"

namespace vigie {
namespace {

constexpr double milliseconds = 1e-6;  ///< of nanoseconds

/// A caller that has keys to read: it waits in poll(2) for them and for the observer.
struct Driver {
  explicit Driver(FeedOptions options) : observer(root, std::move(options)) { EXPECT_EQ(::pipe(keys), 0); }
  ~Driver() {
    ::close(keys[0]);
    ::close(keys[1]);
  }

  /// Until a frame comes.
  Frame frame() {
    while (true) {
      const std::int64_t begin = monotonic_ns();
      Result<std::optional<Frame>> stepped = observer.step();
      longest_ms = std::max(longest_ms, static_cast<double>(monotonic_ns() - begin) * milliseconds);
      ++steps;
      EXPECT_TRUE(stepped);
      if (!stepped) return {};
      if (*stepped) return std::move(**stepped);
      wait();
    }
  }

  void wait() {
    const std::int64_t left = std::max<std::int64_t>(observer.due_ns() - monotonic_ns(), 0);
    const timespec timeout{.tv_sec = left / nanoseconds_per_second, .tv_nsec = left % nanoseconds_per_second};
    pollfd waiting[] = {{.fd = keys[0], .events = POLLIN, .revents = 0},
                        {.fd = observer.wake_fd(), .events = POLLIN, .revents = 0}};
    (void)::ppoll(waiting, 2, &timeout, nullptr);
    char key = 0;
    if (waiting[0].revents != 0 && ::read(keys[0], &key, 1) == 1) ++keys_read;
  }

  void press() const { ASSERT_EQ(::write(keys[1], "x", 1), 1); }

  const Root root = *Root::open("/");
  Observer observer;
  int keys[2] = {-1, -1};
  double longest_ms = 0;
  int steps = 0, keys_read = 0;
};

FeedOptions each(double seconds) {
  FeedOptions options;
  options.interval_seconds = seconds;
  return options;
}

TEST(Observer, AFrameComesAfterItsIntervalAndTheCallerSleepsMeanwhile) {
  Driver driver(each(0.2));
  const Frame first = driver.frame();
  EXPECT_NEAR(first.delta.elapsed_seconds, 0.2, 0.15);
  EXPECT_FALSE(first.snapshot->processes.empty());
  const Frame second = driver.frame();
  EXPECT_EQ(second.delta.processes.size(), second.snapshot->processes.size());
  EXPECT_LT(driver.steps, 20) << "it is called when it is due, and not over and over";
}

TEST(Observer, AStepThatComesTooEarlyDoesNothing) {
  Driver driver(each(0.2));
  ASSERT_TRUE(driver.observer.step());
  const std::int64_t due = driver.observer.due_ns();
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(driver.observer.step()->has_value());
  EXPECT_EQ(driver.observer.due_ns(), due);
}

TEST(Observer, WithoutAnIntervalTheFirstStepHasTheFrame) {
  Driver driver(each(0));
  EXPECT_TRUE(driver.observer.step()->has_value());
}

TEST(Observer, KeysAreReadWhileItLooksAtThreads) {
  FeedOptions options = each(0.5);
  options.look_hz = 20;
  Driver driver(std::move(options));
  const pid_t typist = ::fork();
  if (typist == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int i = 0; i < 20; ++i) {
      ::usleep(20'000);
      (void)!::write(driver.keys[1], "x", 1);
    }
    ::_exit(0);
  }
  const Frame frame = driver.frame();
  ::waitpid(typist, nullptr, 0);
  EXPECT_GE(driver.keys_read, 10);
  const auto samples = std::ranges::find(frame.snapshot->sources, "samples", &SourceStatus::name);
  ASSERT_NE(samples, frame.snapshot->sources.end());
}

/// The driver's library never returns from its first call. A look at GPUs waits 1.5 s for it, but in no step.
TEST(Observer, ADriverThatHangsDelaysNoKey) {
  // Under the name that vigie asks for: the dynamic linker knows it from here on.
  ASSERT_NE(::dlopen(VIGIE_FAKE_NVML "/fake_nvml/libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL), nullptr) << ::dlerror();
  ::setenv("VIGIE_FAKE_NVML_TRACE", VIGIE_FIXTURES "/../fake_nvml/traces/hang.jsonl", 1);
  FeedOptions options = each(0.2);
  options.gpus = GpuWish::needed;
  Driver driver(std::move(options));
  const std::int64_t begin = monotonic_ns();
  const Frame frame = driver.frame();
  EXPECT_GT(static_cast<double>(monotonic_ns() - begin) * milliseconds, 1400) << "it was waited for";
  EXPECT_LT(driver.longest_ms, 700) << "but in many steps";
  EXPECT_GT(driver.steps, 50);
  const auto gpu = std::ranges::find(frame.snapshot->sources, "gpu", &SourceStatus::name);
  ASSERT_NE(gpu, frame.snapshot->sources.end());
  EXPECT_EQ(gpu->state, SourceState::late);
}

}  // namespace
}  // namespace vigie
