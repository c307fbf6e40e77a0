#include "sources/events/lives.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <utility>

namespace vigie::events {
namespace {

using Kind = ProcessEvent::Kind;

constexpr std::int64_t ms = 1'000'000;

ProcessSample process(pid_t pid, std::int64_t start_ms, std::string cmdline, pid_t ppid = 1) {
  ProcessSample row;
  row.id = {.pid = pid, .start_ticks = static_cast<std::uint64_t>(start_ms / 10)};
  row.ppid = ppid;
  row.session = 50;
  row.state = 'S';
  row.threads = 1;
  row.comm = cmdline.substr(0, 15);
  row.uid = uid_t{1000};
  row.cmdline = std::move(cmdline);
  return row;
}

std::shared_ptr<Snapshot> scan(std::int64_t at_ms, std::vector<ProcessSample> processes) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->before.boot_ns = at_ms * ms;
  snapshot->after.boot_ns = (at_ms + 1) * ms;
  snapshot->processes = std::move(processes);
  return snapshot;
}

ProcessEvent fork(pid_t parent, pid_t child, std::int64_t at_ms) {
  return {.kind = Kind::fork, .pid = child, .tid = child, .parent = parent, .boot_ns = at_ms * ms, .wait_status = 0};
}
ProcessEvent exec(pid_t pid, std::int64_t at_ms) {
  return {.kind = Kind::exec, .pid = pid, .tid = pid, .parent = 0, .boot_ns = at_ms * ms, .wait_status = 0};
}
ProcessEvent exit(pid_t pid, std::int64_t at_ms, int status, pid_t parent = 100, pid_t tid = 0) {
  return {.kind = Kind::exit,
          .pid = pid,
          .tid = tid == 0 ? pid : tid,
          .parent = parent,
          .boot_ns = at_ms * ms,
          .wait_status = status};
}

/// What /proc tells of a process that executes a program, or of a zombie.
Glimpse glimpse(pid_t pid, std::int64_t start_ms, const std::string& name, char state = 'R', unsigned threads = 1) {
  Glimpse seen;
  seen.seen = true;
  seen.id = {.pid = pid, .start_ticks = static_cast<std::uint64_t>(start_ms / 10)};
  seen.ppid = 100;
  seen.session = 100;
  seen.state = state;
  seen.threads = threads;
  seen.comm = name;
  seen.cpu_ticks = 3;
  if (state != 'Z') {
    seen.uid = uid_t{1000};
    seen.cmdline = std::make_shared<const std::string>(name + '\0' + "-x" + '\0');
  }
  return seen;
}

class LivesTest : public testing::Test {
 protected:
  LivesTest() { lives.begin(scan(10'000, {process(100, 5'000, "bash")})); }
  std::vector<EndedProcess> take(std::int64_t at_ms = 11'000,
                                 std::vector<ProcessSample> processes = {process(100, 5'000, "bash")}) {
    return lives.take(scan(at_ms, std::move(processes)), [](pid_t) { return false; });
  }
  static std::string command(const EndedProcess& one) { return command_text(one).value_or("?"); }
  static std::string ending(const EndedProcess& one) {
    return one.wait_status ? describe_wait_status(*one.wait_status) : "?";
  }

  Lives lives;
};

TEST_F(LivesTest, AProcessThatNoScanSawIsTold) {
  lives.fork(fork(100, 200, 10'100));
  lives.exec(exec(200, 10'101), glimpse(200, 10'100, "true"));
  lives.exit(exit(200, 10'105, 7 << 8), glimpse(200, 10'100, "true", 'Z'));
  const auto ended = take();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].id.pid, 200);
  EXPECT_EQ(ended[0].ppid, 100);
  EXPECT_EQ(command(ended[0]), "true -x");
  EXPECT_EQ(ending(ended[0]), "exit 7");
  EXPECT_EQ(*ended[0].uid, 1000U);
  EXPECT_EQ(*ended[0].cpu_ticks, 3U);
  EXPECT_EQ((*ended[0].ended - *ended[0].started) / ms, 5);
  EXPECT_TRUE(take(12'000).empty()) << "told once";
}

TEST_F(LivesTest, WhatCouldNotBeReadIsAbsentNotZero) {
  lives.fork(fork(100, 200, 10'100));
  lives.exec(exec(200, 10'101), {});
  lives.exit(exit(200, 10'102, SIGKILL), {});
  const auto ended = take();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_FALSE(command_text(ended[0]).has_value()) << "it executed something, nobody knows what";
  EXPECT_FALSE(ended[0].cpu_ticks.has_value());
  EXPECT_EQ(ending(ended[0]), "signal KILL");
}

TEST_F(LivesTest, TheNameOfAZombieIsKnownWhenItsCommandLineIsGone) {
  lives.fork(fork(100, 200, 10'100));
  lives.exec(exec(200, 10'101), {});
  lives.exit(exit(200, 10'102, 0), glimpse(200, 10'100, "true", 'Z'));
  EXPECT_EQ(command(take().at(0)), "[true]");
}

TEST_F(LivesTest, AForkWithoutExecHasTheCommandOfItsParent) {
  lives.fork(fork(100, 200, 10'100));
  lives.fork(fork(200, 201, 10'101));
  lives.exit(exit(201, 10'102, 1 << 8, 200), {});
  lives.exit(exit(200, 10'103, 0), {});
  const auto ended = take();
  ASSERT_EQ(ended.size(), 2U);
  EXPECT_EQ(ended[0].id.pid, 201) << "by time of their end";
  EXPECT_EQ(command(ended[0]), "bash");
  EXPECT_EQ(ended[0].ppid, 200);
  EXPECT_EQ(command(ended[1]), "bash");
}

TEST_F(LivesTest, TheLastProgramCounts) {
  lives.fork(fork(100, 200, 10'100));
  lives.exec(exec(200, 10'101), glimpse(200, 10'100, "env"));
  lives.exec(exec(200, 10'102), glimpse(200, 10'100, "python3"));
  lives.exit(exit(200, 10'200, SIGSEGV | 0x80), {});
  const auto ended = take();
  EXPECT_EQ(command(ended.at(0)), "python3 -x");
  EXPECT_EQ(ending(ended.at(0)), "signal SEGV (core)");
}

TEST_F(LivesTest, OneFromTheScanBeforeHasItsFacts) {
  lives.exit(exit(100, 10'500, 2 << 8, 1), {});
  const auto ended = take(11'000, {});
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(command(ended[0]), "bash");
  EXPECT_EQ(ended[0].ppid, 1);
  EXPECT_EQ(*ended[0].session, 50);
  EXPECT_EQ(*ended[0].started, 5'000 * ms);
  EXPECT_EQ(ending(ended[0]), "exit 2");
  EXPECT_FALSE(ended[0].cpu_ticks.has_value()) << "what it had used at the scan is not all";
}

TEST_F(LivesTest, AZombieThatNobodyWaitedForHasEnded) {
  lives.exit(exit(100, 10'500, 0, 1), {});
  ProcessSample zombie = process(100, 5'000, "bash");
  zombie.state = 'Z';
  zombie.user_ticks = 12;
  const auto ended = take(11'000, {zombie});
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(*ended[0].cpu_ticks, 12U);
  EXPECT_TRUE(take(12'000, {zombie}).empty());
  EXPECT_TRUE(take(13'000, {}).empty()) << "being waited for is no second end";
}

TEST_F(LivesTest, AReusedPidIsAnotherProcess) {
  lives.exit(exit(100, 10'100, 1 << 8, 1), {});
  lives.fork(fork(1, 100, 10'300));
  lives.exec(exec(100, 10'301), glimpse(100, 10'300, "second"));
  lives.exit(exit(100, 10'400, 2 << 8, 1), {});
  const auto ended = take(11'000, {process(100, 10'700, "third")});
  ASSERT_EQ(ended.size(), 2U);
  EXPECT_EQ(command(ended[0]), "bash");
  EXPECT_EQ(ending(ended[0]), "exit 1");
  EXPECT_EQ(command(ended[1]), "second -x");
  EXPECT_EQ(ending(ended[1]), "exit 2");
}

TEST_F(LivesTest, APidInUseAgainWasFreedEvenWhenNobodySaid) {
  lives.fork(fork(1, 100, 10'300));
  const auto ended = take(11'000, {process(100, 10'300, "new")});
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(command(ended[0]), "bash");
  EXPECT_EQ(ending(ended[0]), "?");
  EXPECT_FALSE(ended[0].ended.has_value());
}

TEST_F(LivesTest, TheGlimpseOfAnotherProcessIsNotBelieved) {
  lives.fork(fork(100, 200, 10'100));
  lives.exec(exec(200, 10'101), glimpse(200, 10'900, "stranger"));
  lives.exit(exit(200, 10'102, 0), glimpse(200, 10'900, "stranger", 'Z'));
  const auto ended = take();
  EXPECT_FALSE(command_text(ended.at(0)).has_value());
  EXPECT_FALSE(ended.at(0).cpu_ticks.has_value());
}

TEST_F(LivesTest, TheEndOfAMainThreadIsNotTheEndOfTheProcess) {
  lives.exit(exit(100, 10'100, 0, 1), glimpse(100, 5'000, "bash", 'Z', 3));
  ProcessSample without_main = process(100, 5'000, "bash");
  without_main.state = 'Z';
  without_main.threads = 3;
  EXPECT_TRUE(take(11'000, {without_main}).empty());
  // Its last thread ends the process with a status of its own.
  lives.exit(exit(100, 11'500, 9 << 8, 1, 102), glimpse(100, 5'000, "bash", 'Z', 1));
  const auto ended = take(12'000, {});
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ending(ended[0]), "exit 9");
  EXPECT_EQ(*ended[0].ended, 11'500 * ms);
  EXPECT_EQ(*ended[0].cpu_ticks, 3U);
}

TEST_F(LivesTest, AThreadThatExecutesAProgramGoesOnAsTheProcess) {
  lives.exit(exit(100, 10'100, 0, 1), {});
  lives.exec(exec(100, 10'101), glimpse(100, 5'000, "other"));
  EXPECT_TRUE(take(11'000, {process(100, 5'000, "other")}).empty());
  lives.exit(exit(100, 11'200, 3 << 8, 1), {});
  EXPECT_EQ(ending(take(12'000, {}).at(0)), "exit 3");
}

TEST_F(LivesTest, ThreadsThatEndAreNoProcesses) {
  lives.exit(exit(100, 10'100, 0, 1, 101), {});
  EXPECT_FALSE(lives.wants_glimpse(exit(100, 10'100, 0, 1, 101)));
  EXPECT_TRUE(take().empty());
}

TEST_F(LivesTest, WhatIsGoneWithoutAWordEndsWithUnknownStatus) {
  lives.fork(fork(100, 200, 10'100));
  const auto later = scan(11'000, {process(100, 5'000, "bash")});
  EXPECT_TRUE(lives.untold(*later, [](pid_t) { return false; }));
  const auto ended = take();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ending(ended[0]), "?");
  lives.exit(exit(200, 10'999, 0), {});
  EXPECT_TRUE(take(12'000).empty()) << "its end is told late, but not twice";
}

TEST_F(LivesTest, ProcessesThatProcHidesAreAlive) {
  lives.fork(fork(100, 200, 10'100));
  const auto exists = [](pid_t pid) { return pid == 200; };
  const auto bash = scan(11'000, {process(100, 5'000, "bash")});
  EXPECT_FALSE(lives.untold(*bash, exists));
  EXPECT_TRUE(lives.take(bash, exists).empty());
  lives.exit(exit(200, 11'500, 4 << 8), {});
  EXPECT_EQ(ending(take(12'000).at(0)), "exit 4");
}

TEST_F(LivesTest, OneThatEndsWhileTheScanReadsComesWithTheNext) {
  lives.exit(exit(100, 11'001, 1 << 8, 1), {});
  EXPECT_TRUE(take(11'000, {process(100, 5'000, "bash")}).empty());
  EXPECT_EQ(ending(take(12'000, {}).at(0)), "exit 1");
}

TEST_F(LivesTest, ABirthThatTheScanSawIsNoNews) {
  EXPECT_TRUE(take(11'000, {process(100, 5'000, "bash"), process(200, 10'990, "true")}).empty());
  lives.fork(fork(100, 200, 10'999));
  lives.exec(exec(200, 10'999), {});
  lives.exit(exit(200, 11'300, 0), {});
  EXPECT_EQ(command(take(12'000).at(0)), "true") << "the scan saw what it executed";
}

TEST_F(LivesTest, OneBornBeforeListeningBeganHasOnlyItsEnd) {
  lives.exit(exit(300, 10'001, 0, 100), {});
  const auto ended = take();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].ppid, 100);
  EXPECT_FALSE(ended[0].started.has_value());
  EXPECT_FALSE(command_text(ended[0]).has_value());
}

TEST_F(LivesTest, AThreadOfTheKernelDoesNotHaveTheNameOfItsParent) {
  ProcessSample kthreadd = process(2, 0, "");
  kthreadd.kernel_thread = true;
  kthreadd.comm = "kthreadd";
  EXPECT_TRUE(take(11'000, {kthreadd, process(100, 5'000, "bash")}).empty());
  lives.fork(fork(2, 400, 11'100));
  lives.exit(exit(400, 11'200, 0, 2), {});
  const auto ended = take(12'000, {kthreadd, process(100, 5'000, "bash")});
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_NE(command(ended[0]), "[kthreadd]");
}

}  // namespace
}  // namespace vigie::events
