#include "feed/observer.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "base/test_directory.hpp"

namespace vigie {
namespace {

constexpr double milliseconds = 1e-6;  ///< of nanoseconds
/// Milliseconds: half of what a mount has to answer. A quiet machine stays below 20; the time that a hypervisor takes
/// away from a busy one looks like waiting.
constexpr double longest_wait = 100;

/// How long a thread of this process was neither on a CPU nor waiting for one: what it waited by itself.
class Waiting {
 public:
  [[nodiscard]] double milliseconds_so_far() const {
    return (static_cast<double>(monotonic_ns() - begin_) - (busy() - busy_)) * milliseconds;
  }

 private:
  /// Nanoseconds on a CPU and ready to run (Documentation/scheduler/sched-stats.rst).
  static double busy() {
    double on_cpu = 0, ready = 0;
    std::ifstream("/proc/thread-self/schedstat") >> on_cpu >> ready;
    return on_cpu + ready;
  }

  std::int64_t begin_ = monotonic_ns();
  double busy_ = busy();
};

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
      const Waiting waiting;
      Result<std::optional<Frame>> stepped = observer.step();
      longest_wait_ms = std::max(longest_wait_ms, waiting.milliseconds_so_far());
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
  double longest_wait_ms = 0;  ///< of one step
  int steps = 0, keys_read = 0;
};

/// Whether in one of several looks no step waited long: on a busy machine threads of vigie wait for each other, too.
bool some_look_never_waits(const std::function<double()>& longest_wait_of_a_look) {
  constexpr int looks = 6;
  for (int look = 0; look < looks; ++look) {
    if (longest_wait_of_a_look() < longest_wait) return true;
  }
  return false;
}

FeedOptions each(double seconds) {
  FeedOptions options;
  options.pace.interval_seconds = seconds;
  return options;
}

/// As a command looks, which has nothing else to do.
FeedOptions patiently(double seconds) {
  FeedOptions options = each(seconds);
  options.pace.may_wait = true;
  return options;
}

TEST(Observer, AFrameComesAfterItsIntervalAndTheCallerSleepsMeanwhile) {
  Driver driver(patiently(0.2));
  const Frame first = driver.frame();
  EXPECT_NEAR(first.delta.elapsed_seconds, 0.2, 0.15);
  EXPECT_FALSE(first.snapshot->processes.empty());
  const Frame second = driver.frame();
  EXPECT_EQ(second.delta.processes.size(), second.snapshot->processes.size());
  EXPECT_LT(driver.steps, 20) << "it is called when it is due, and not over and over";
}

TEST(Observer, AStepThatComesTooEarlyDoesNothing) {
  Driver driver(patiently(0.2));
  ASSERT_TRUE(driver.observer.step());
  const std::int64_t due = driver.observer.due_ns();
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(driver.observer.step()->has_value());
  EXPECT_EQ(driver.observer.due_ns(), due);
}

TEST(Observer, WithoutAnIntervalTheFirstStepThatMayWaitHasTheFrame) {
  Driver driver(patiently(0));
  EXPECT_TRUE(driver.observer.step()->has_value());
}

TEST(Observer, KeysAreReadWhileItLooksAtThreads) {
  FeedOptions options = each(0.5);
  options.pace.look_hz = 20;
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

/// As by a process whose memory is locked: reading it takes half a second, and is done while keys are read.
TEST(Observer, AScanThatIsHeldUpDelaysNoKey) {
  EXPECT_TRUE(some_look_never_waits([] {
    FeedOptions options = each(0);
    options.whom.target = "%anything";
    options.whom.alone = true;
    options.whom.choose = [held = false](const ProcessSample&) mutable {
      if (!std::exchange(held, true)) ::usleep(500'000);
      return true;
    };
    Driver driver(std::move(options));
    const Frame frame = driver.frame();
    EXPECT_FALSE(frame.snapshot->processes.empty());
    EXPECT_GT(driver.steps, 20) << "it was waited for in many steps";
    return driver.longest_wait_ms;
  }));
}

/// Reading in depth may be held up, too: it begins when the processes are known, and is waited for in steps of its own.
TEST(Observer, WhatIsReadInDepthIsOfTheProcessesOfItsFrame) {
  FeedOptions options = each(0);
  options.what.detail = {.what = proc::Detail::limits, .of = [](const Frame& bare) -> Result<std::vector<std::size_t>> {
                           return std::vector<std::size_t>{bare.snapshot->processes.size() - 1, 0};
                         }};
  Driver driver(std::move(options));
  const Frame frame = driver.frame();
  ASSERT_EQ(frame.snapshot->details.size(), 2U);
  EXPECT_EQ(frame.snapshot->details.front().id, frame.snapshot->processes.front().id);
}

/// The driver's library never returns from its first call. A look at GPUs waits 1.5 s for it, but in no step.
TEST(Observer, ADriverThatHangsDelaysNoKey) {
  // Under the name that vigie asks for: the dynamic linker knows it from here on.
  ASSERT_NE(::dlopen(VIGIE_FAKE_NVML "/fake_nvml/libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL), nullptr) << ::dlerror();
  ::setenv("VIGIE_FAKE_NVML_TRACE", VIGIE_FIXTURES "/../fake_nvml/traces/hang.jsonl", 1);
  EXPECT_TRUE(some_look_never_waits([] {
    FeedOptions options = each(0.2);
    options.what.gpus = GpuWish::needed;
    Driver driver(std::move(options));
    const std::int64_t begin = monotonic_ns();
    const Frame frame = driver.frame();
    EXPECT_GT(static_cast<double>(monotonic_ns() - begin) * milliseconds, 1400) << "it was waited for";
    EXPECT_GT(driver.steps, 20) << "in many steps";
    const auto gpu = std::ranges::find(frame.snapshot->sources, "gpu", &SourceStatus::name);
    EXPECT_TRUE(gpu != frame.snapshot->sources.end() && gpu->state == SourceState::late);
    return driver.longest_wait_ms;
  }));
}

/// A file system that never answers, in a mount namespace of this process; false where that is not permitted.
bool mount_a_dead_one(const char* directory) {
  if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  const int server = ::open("/dev/fuse", O_RDWR | O_CLOEXEC);  // stays open, and nothing reads it
  const std::string options = "fd=" + std::to_string(server) + ",rootmode=40000,user_id=0,group_id=0";
  return server >= 0 && ::mount("dead", directory, "fuse", MS_NOSUID | MS_NODEV, options.c_str()) == 0;
}

/// What `look` says, in a child that has such a mount; nothing where there can be none.
std::optional<bool> beside_a_dead_mount(bool (*look)(const char* directory)) {
  constexpr int good = 0, bad = 1, impossible = 2;
  const TestDirectory directory;
  const std::string& path = directory.path();
  const pid_t child = ::fork();
  if (child == 0) ::_exit(!mount_a_dead_one(path.c_str()) ? impossible : look(path.c_str()) ? good : bad);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == impossible) return std::nullopt;
  return WIFEXITED(status) && WEXITSTATUS(status) == good;
}

/// The mount has 200 ms to answer in every snapshot until it stalls once. No step waits for it.
TEST(Observer, ADeadMountDelaysNoKey) {
  const std::optional<bool> held = beside_a_dead_mount([](const char* directory) {
    return some_look_never_waits([directory] {
      FeedOptions options = each(0.2);
      options.what.host = sys::Part::mounts;
      Driver driver(std::move(options));
      const Frame frame = driver.frame();
      const auto dead = std::ranges::find(*frame.snapshot->host.mounts, directory, &MountSample::path);
      const bool asked_in_vain = dead != frame.snapshot->host.mounts->end() && !dead->use && driver.steps > 10;
      return asked_in_vain ? driver.longest_wait_ms : 1e9;
    });
  });
  if (!held) GTEST_SKIP() << "no file system that does not answer can be mounted here";
  EXPECT_TRUE(*held);
}

/// Mounts are asked in a child. It is no process of the host.
TEST(Observer, WhatItStartsForItselfIsNotSeen) {
  FeedOptions options = each(0.05);
  options.what.host = sys::Part::mounts;
  Driver driver(std::move(options));
  for (int look = 0; look < 4; ++look) {
    const Frame frame = driver.frame();
    ASSERT_FALSE(frame.snapshot->host.mounts->empty());
    EXPECT_EQ(std::ranges::count(frame.snapshot->processes, ::getpid(), &ProcessSample::ppid), 0);
  }
}

}  // namespace
}  // namespace vigie
