#include "rates/diff.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "base/second_for_tests.hpp"

namespace vigie {
namespace {

/// A host of four CPUs at `seconds` after boot with one process that started at 10 s.
Snapshot at(double seconds, std::uint64_t user_ticks = 0) {
  Snapshot snapshot;
  snapshot.before.boot_ns = static_cast<std::int64_t>(seconds * second);
  snapshot.after = snapshot.before;
  snapshot.host.cpus = 4;
  snapshot.host.boot_id = "boot";
  ProcessSample process;
  process.id = {100, 1000};
  process.threads = 8;
  process.user_ticks = user_ticks;
  snapshot.processes.push_back(process);
  return snapshot;
}

TEST(Diff, AFirstSightHasNoRates) {
  const Snapshot now = at(20, 500);
  const Delta delta = diff(nullptr, now);
  EXPECT_EQ(delta.elapsed_seconds, 0);
  ASSERT_EQ(delta.processes.size(), 1U);
  EXPECT_EQ(delta.processes[0].cpu_percent.presence(), Presence::first_sight);
  EXPECT_EQ(delta.processes[0].states.presence(), Presence::first_sight);
  EXPECT_EQ(delta.host.cpu_busy_percent.presence(), Presence::first_sight);
}

TEST(Diff, CpuIsTicksOverTime) {
  const Snapshot before = at(20, 500);
  const Delta delta = diff(&before, at(22, 800));
  EXPECT_DOUBLE_EQ(delta.elapsed_seconds, 2);
  EXPECT_DOUBLE_EQ(*delta.processes[0].cpu_percent, 150);
}

TEST(Diff, NoProcessUsesMoreThanItsThreadsOrTheHostCould) {
  const Snapshot before = at(20, 500);
  EXPECT_EQ(diff(&before, at(21, 1500)).processes[0].cpu_percent, 400.0) << "the host has four CPUs";
  Snapshot one = before, later = at(21, 1500);
  one.processes[0].threads = later.processes[0].threads = 1;
  EXPECT_EQ(diff(&one, later).processes[0].cpu_percent, 100.0);
  one.processes[0].threads = 2;
  EXPECT_EQ(diff(&one, later).processes[0].cpu_percent, 200.0) << "one thread has ended meanwhile";
  one.host.cpus = later.host.cpus = 1;
  EXPECT_EQ(diff(&one, later).processes[0].cpu_percent, 100.0);
  Snapshot unknown = before, then = at(21, 1500);
  unknown.host.cpus = then.host.cpus = 0;
  EXPECT_EQ(diff(&unknown, then).processes[0].cpu_percent, 800.0) << "how many CPUs there are is not known";
}

TEST(Diff, AClockThatWasSetInBetweenChangesNoRate) {
  for (const std::int64_t hours : {-1, 1}) {
    const Snapshot before = at(20, 500);
    Snapshot now = at(22, 800);
    now.before.wall_ns += hours * 3600 * nanoseconds_per_second;
    now.after.wall_ns += hours * 3600 * nanoseconds_per_second;
    const Delta delta = diff(&before, now);
    EXPECT_DOUBLE_EQ(delta.elapsed_seconds, 2);
    EXPECT_DOUBLE_EQ(*delta.processes[0].cpu_percent, 150);
  }
}

TEST(Diff, ASleepingProcessHasAKnownRateOfZero) {
  const Snapshot before = at(20, 500);
  EXPECT_EQ(diff(&before, at(21, 500)).processes[0].cpu_percent, Reading<double>(0.0));
}

TEST(Diff, ACounterThatWentBackwardsHasNoRate) {
  const Snapshot before = at(20, 500);
  EXPECT_EQ(diff(&before, at(21, 499)).processes[0].cpu_percent.presence(), Presence::went_backwards);
}

TEST(Diff, AReusedPidDoesNotInheritCounters) {
  const Snapshot before = at(20, 500);
  Snapshot now = at(21, 40);
  now.processes[0].id.start_ticks = 2050;  // half a second ago
  EXPECT_DOUBLE_EQ(*diff(&before, now).processes[0].cpu_percent, 80) << "40 ticks in half a second of life";
}

TEST(Diff, AProcessStartedRightAfterTheFirstScanCountsFromZero) {
  Snapshot before = at(20.005);
  before.processes.clear();
  Snapshot now = at(21.005, 100);
  now.processes[0].id.start_ticks = 2000;  // 20.00: cut to ticks
  EXPECT_NEAR(*diff(&before, now).processes[0].cpu_percent, 99.5, 0.1);
}

TEST(Diff, AnOldProcessThatWasNotSeenBeforeIsAFirstSight) {
  Snapshot before = at(20);
  before.processes.clear();
  const Delta delta = diff(&before, at(21, 1000));
  EXPECT_EQ(delta.processes[0].cpu_percent.presence(), Presence::first_sight) << "not ten CPUs";
}

TEST(Diff, CpuIsNeverMoreThanThreadsOrCpusCouldUse) {
  const Snapshot before = at(20);
  EXPECT_DOUBLE_EQ(*diff(&before, at(21, 403)).processes[0].cpu_percent, 400) << "four CPUs";
  Snapshot single = at(20);
  single.processes[0].threads = 1;
  Snapshot later = at(21, 101);
  later.processes[0].threads = 1;
  EXPECT_DOUBLE_EQ(*diff(&single, later).processes[0].cpu_percent, 100) << "one thread";
}

TEST(Diff, ThreadsThatEndedStillCount) {
  const Snapshot before = at(20);  // 8 threads
  Snapshot now = at(21, 300);
  now.processes[0].threads = 1;
  EXPECT_DOUBLE_EQ(*diff(&before, now).processes[0].cpu_percent, 300);
}

TEST(Diff, NoTimeBetweenTwoScansMeansNoRatesNotInfinity) {
  const Snapshot before = at(20, 100);
  const Delta delta = diff(&before, at(20, 200));
  EXPECT_EQ(delta.processes[0].cpu_percent.presence(), Presence::unknown);
  const Delta backwards = diff(&before, at(19, 200));
  EXPECT_EQ(backwards.elapsed_seconds, 0);
  EXPECT_EQ(backwards.processes[0].cpu_percent.presence(), Presence::unknown);
}

TEST(Diff, AnotherBootIsAFirstSight) {
  const Snapshot before = at(20, 100);
  Snapshot now = at(30, 200);
  now.host.boot_id = "other";
  EXPECT_EQ(diff(&before, now).processes[0].cpu_percent.presence(), Presence::first_sight);
}

TEST(Diff, DeniedStaysDeniedAndNotReadStaysNotRead) {
  const Snapshot before = at(20);
  Snapshot now = at(21);
  now.processes[0].io = Presence::denied;
  const Delta delta = diff(&before, now);
  EXPECT_EQ(delta.processes[0].read_bytes_per_second.presence(), Presence::denied);
  EXPECT_EQ(delta.processes[0].run_delay_percent.presence(), Presence::not_read);
}

TEST(Diff, CountersOfIoAndScheduling) {
  Snapshot before = at(20);
  before.processes[0].io = ProcessIo{.rchar = 1000, .syscr = 10, .read_bytes = 4096};
  before.processes[0].sched = SchedStat{.on_cpu_ns = 0, .run_delay_ns = 1'000'000};
  Snapshot now = at(22);
  now.processes[0].io = ProcessIo{.rchar = 3000, .syscr = 30, .read_bytes = 12288};
  now.processes[0].sched = SchedStat{.on_cpu_ns = 0, .run_delay_ns = 501'000'000};
  const ProcessRates rates = diff(&before, now).processes[0];
  EXPECT_DOUBLE_EQ(*rates.read_bytes_per_second, 4096);
  EXPECT_DOUBLE_EQ(*rates.read_chars_per_second, 1000);
  EXPECT_DOUBLE_EQ(*rates.read_calls_per_second, 10);
  EXPECT_DOUBLE_EQ(*rates.run_delay_percent, 25);
}

TEST(Diff, ACounterReadOnlyTheSecondTimeIsAFirstSight) {
  const Snapshot before = at(20);
  Snapshot now = at(21);
  now.processes[0].voluntary_switches = std::uint64_t{5000};
  EXPECT_EQ(diff(&before, now).processes[0].voluntary_switches_per_second.presence(), Presence::first_sight);
}

TEST(Diff, StateSharesAreOfTheLooksInTheInterval) {
  Snapshot before = at(20);
  before.processes[0].states = StateCounts{.looks = 100, .running = 100, .threads_running = 400};
  Snapshot now = at(21);
  now.processes[0].states =
      StateCounts{.looks = 120, .running = 105, .asleep = 15, .threads_running = 410, .alone = 5, .in_poll = 12};
  const Reading<StateShares> shares = diff(&before, now).processes[0].states;
  ASSERT_TRUE(shares);
  EXPECT_EQ(shares->looks, 20U);
  EXPECT_DOUBLE_EQ(shares->running, 0.25);
  EXPECT_DOUBLE_EQ(shares->asleep, 0.75);
  EXPECT_DOUBLE_EQ(shares->threads_running, 0.5);
  EXPECT_DOUBLE_EQ(shares->alone, 0.25);
  EXPECT_DOUBLE_EQ(shares->in_poll, 0.6);
}

TEST(Diff, LooksThatBeganInTheIntervalCountWhole) {
  const Snapshot before = at(20);
  Snapshot now = at(21);
  now.processes[0].states = StateCounts{.looks = 10, .asleep = 10};
  EXPECT_DOUBLE_EQ(diff(&before, now).processes[0].states->asleep, 1);
}

TEST(Diff, NoLooksInTheIntervalAreNoShares) {
  Snapshot before = at(20);
  before.processes[0].states = StateCounts{.looks = 10, .asleep = 10};
  Snapshot now = at(21);
  now.processes[0].states = before.processes[0].states;
  EXPECT_EQ(diff(&before, now).processes[0].states.presence(), Presence::unknown);
  now.processes[0].states = StateCounts{.looks = 5, .asleep = 5};
  EXPECT_EQ(diff(&before, now).processes[0].states.presence(), Presence::went_backwards);
}

TEST(Diff, TheHostIsSharesOfItsCpus) {
  Snapshot before = at(20);
  before.host.cpu = CpuTicks{.user = 100, .idle = 1000, .iowait = 50};
  Snapshot now = at(21);
  now.host.cpu = CpuTicks{.user = 200, .system = 100, .idle = 1150, .iowait = 100};
  const HostRates rates = diff(&before, now).host;
  EXPECT_DOUBLE_EQ(*rates.cpu_busy_percent, 200);
  EXPECT_DOUBLE_EQ(*rates.cpu_idle_percent, 200);
  EXPECT_DOUBLE_EQ(*rates.iowait_percent, 50);
}

TEST(Diff, IowaitMayGoBackwardsAlone) {
  Snapshot before = at(20);
  before.host.cpu = CpuTicks{.user = 100, .idle = 1000, .iowait = 50};
  Snapshot now = at(21);
  now.host.cpu = CpuTicks{.user = 300, .idle = 1210, .iowait = 40};
  const HostRates rates = diff(&before, now).host;
  EXPECT_EQ(rates.iowait_percent.presence(), Presence::went_backwards);
  EXPECT_DOUBLE_EQ(*rates.cpu_busy_percent, 200);
}

TEST(Diff, NothingIsSaidOfAnIntervalThatTookNoTime) {
  const Snapshot before = at(20, 500);
  const Delta delta = diff(&before, at(20, 500));
  EXPECT_EQ(delta.elapsed_seconds, 0);
  EXPECT_EQ(delta.processes.at(0).cpu_percent.presence(), Presence::unknown);
}

TEST(Diff, AProcessThatIsSeenForTheFirstTimeHidesNoneBehindIt) {
  Snapshot before = at(20, 500);
  Snapshot now = at(22, 800);
  ProcessSample old = now.processes[0];  // started at 10 s, and the scan before missed it
  old.id = {50, 1000};
  now.processes.insert(now.processes.begin(), old);
  const Delta delta = diff(&before, now);
  ASSERT_EQ(delta.processes.size(), 2U);
  EXPECT_EQ(delta.processes[0].cpu_percent.presence(), Presence::first_sight);
  EXPECT_DOUBLE_EQ(*delta.processes[1].cpu_percent, 150);
}

TEST(Diff, AStartTimeIsCutToATick) {
  Snapshot before = at(20, 500);
  before.processes.clear();
  Snapshot now = at(22, 30);
  now.processes[0].id = {100, 1999};  // ticks: one tick before the scan at 20 s
  EXPECT_NEAR(*diff(&before, now).processes.at(0).cpu_percent, 30 / 2.01, 0.01) << "it began within the interval";
  now.processes[0].id = {100, 1998};
  EXPECT_EQ(diff(&before, now).processes.at(0).cpu_percent.presence(), Presence::first_sight);
}

/// A snapshot with these threads, each with the ticks that it used.
Snapshot of_threads(double seconds, std::vector<std::pair<ProcessId, std::uint64_t>> threads) {
  Snapshot snapshot = at(seconds, 0);
  for (const auto& [id, ticks] : threads) {
    ThreadSample thread;
    thread.id = id;
    thread.cpu_ticks = ticks;
    snapshot.threads.push_back(thread);
  }
  return snapshot;
}

TEST(Diff, AThreadIsComparedWithItselfAlone) {
  const Snapshot before = of_threads(20, {{{100, 1000}, 100}, {{101, 1000}, 200}});
  const Snapshot now = of_threads(22, {{{101, 1000}, 300}, {{100, 1000}, 400}, {{99, 1000}, 50}, {{102, 2100}, 50}});
  const std::vector<Reading<double>> percent = diff(&before, now).thread_cpu_percent;
  EXPECT_EQ(percent.at(0), 50.0);
  EXPECT_EQ(percent.at(1), 100.0) << "a thread has one CPU at most";
  EXPECT_EQ(percent.at(2).presence(), Presence::first_sight) << "it is older than the interval";
  EXPECT_EQ(percent.at(3), 50.0) << "it has used half a second of the one that it lives";
}

}  // namespace
}  // namespace vigie
