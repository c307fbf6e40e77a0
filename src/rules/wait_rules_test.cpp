// Rules about who waits for what: loaders, ranks, deadlocks, children.
#include <gtest/gtest.h>

#include <algorithm>

#include "rules/scene_for_tests.hpp"

namespace vigie::rules {
namespace {

StateShares in_disk(double disk) {
  StateShares result = shares(0, 1 - disk, 0);
  result.disk = disk;
  return result;
}

Scene loading(double trainer_asleep, const StateShares& worker) {
  Scene scene({Role::trainer, Role::loader_worker, Role::loader_worker});
  scene.rates(0).states = shares(1 - trainer_asleep, trainer_asleep, 0.1);
  scene.rates(1).states = scene.rates(2).states = worker;
  return scene;
}

TEST(LoaderDisk, WorkersInDiskSleepWhileTheTrainerWaits) {
  Scene scene = loading(0.8, in_disk(0.9));
  const Finding first = scene.verdict().at(0);
  EXPECT_EQ(first.rule, "loader-disk");
  EXPECT_DOUBLE_EQ(*first.share_percent, 80);
}

TEST(LoaderDisk, SilentWhenTheTrainerHasWork) {
  EXPECT_EQ(loading(0.1, in_disk(0.9)).rules(), "");
}

TEST(LoaderDisk, SilentWhenWorkersAreParked) {
  EXPECT_EQ(loading(0.8, in_disk(0.1)).rules(), "");
}

TEST(LoaderDisk, ATrainerThatReadsItself) {
  Scene scene({Role::trainer});
  scene.rates(0).states = in_disk(0.7);
  EXPECT_EQ(scene.rules(), "loader-disk");
}

TEST(LoaderNetwork, TheKernelFunctionTellsANetworkFileSystem) {
  StateShares nfs = in_disk(0.9);
  nfs.in_network = 0.8;
  EXPECT_EQ(loading(0.8, nfs).rules(), "loader-network");
}

TEST(LoaderNetwork, TheMountOfItsFilesTells) {
  Scene scene = loading(0.8, in_disk(0.9));
  MountSample mount;
  mount.path = "/mnt/data";
  mount.type = "nfs4";
  mount.source = "server:/data";
  scene.now.host.mounts = std::vector{mount};
  OpenFile file;
  file.type = FileType::regular;
  file.path = "/mnt/data/0001.tar";
  scene.detail(1).files = std::vector{file};
  const Finding first = scene.verdict().at(0);
  EXPECT_EQ(first.rule, "loader-network");
  EXPECT_NE(first.causes[0].find("server:/data"), std::string::npos);
}

Scene downloading(double bytes_per_second) {
  Scene scene = loading(0.9, shares(0.05, 0.95, 0.05));
  SocketSample socket;
  socket.inode = 77;
  scene.now.net.sockets = {socket};
  scene.now.net.holders = {{.inode = 77, .pid = 11}};
  scene.frame.delta.net.sockets.push_back({.received_bytes = bytes_per_second, .sent_bytes = 0.0});
  return scene;
}

TEST(LoaderNetwork, ConnectionsOfWorkersThatSleepBringTheData) {
  EXPECT_EQ(downloading(2e6).rules(), "loader-network");
  EXPECT_EQ(downloading(100).rules(), "") << "nothing comes over them: the workers are parked";
}

TEST(LoaderDisk, TheEdges) {
  EXPECT_EQ(loading(0.3, in_disk(0.9)).rules(), "loader-disk");
  EXPECT_EQ(loading(0.29, in_disk(0.9)).rules(), "");
  EXPECT_EQ(loading(0.8, in_disk(0.3)).rules(), "loader-disk");
  EXPECT_EQ(loading(0.8, in_disk(0.29)).rules(), "");
  StateShares works = in_disk(0.4);
  works.asleep = 0.1;
  works.running = 0.5;
  EXPECT_EQ(loading(0.8, works).rules(), "loader-cpu") << "more on the CPU than in the disk";
}

TEST(LoaderNetwork, TheEdges) {
  StateShares nfs = in_disk(0.8);
  nfs.in_network = 0.4;
  EXPECT_EQ(loading(0.8, nfs).rules(), "loader-network") << "half of it";
  nfs.in_network = 0.39;
  EXPECT_EQ(loading(0.8, nfs).rules(), "loader-disk");
  EXPECT_EQ(downloading(10e3).rules(), "loader-network");
  EXPECT_EQ(downloading(9.9e3).rules(), "");
}

TEST(DiskSaturated, ALimitOfItsGroupThatIsReached) {
  Scene scene({Role::other});
  scene.rates(0).states = in_disk(0.9);
  scene.rates(0).read_bytes_per_second = 990e3;
  scene.detail(0).cgroup = CgroupSample{};
  (*scene.detail(0).cgroup).io = std::vector{CgroupIoLimit{.major = 7, .minor = 1, .read_bytes_per_second = 1000000}};
  EXPECT_EQ(scene.rules(), "disk-saturated");
  scene.rates(0).read_bytes_per_second = 100e3;
  EXPECT_EQ(scene.rules(), "");
}

Scene on_disk(double busy, double await_seconds) {
  Scene scene({Role::other});
  scene.rates(0).states = in_disk(0.9);
  DiskSample disk;
  disk.name = "nvme0n1";
  disk.kind = DiskKind::nvme;
  scene.now.host.disks = std::vector{disk};
  DiskRates rates;
  rates.busy_percent = busy;
  rates.reads.per_second = 100.0;
  rates.reads.await_seconds = await_seconds;
  scene.frame.delta.host.disks = {rates};
  const std::size_t other = scene.add_other("rsync", 5);
  scene.rates(other).read_bytes_per_second = 5e8;
  scene.rates(other).write_bytes_per_second = 0.0;
  return scene;
}

TEST(DiskSaturated, BusyAndSlowForItsKindNamesWhoDoesIt) {
  Scene scene = on_disk(99, 0.030);
  const Finding first = scene.verdict().at(0);
  EXPECT_EQ(first.rule, "disk-saturated");
  EXPECT_NE(first.causes[0].find("rsync"), std::string::npos) << first.causes[0];
}

TEST(DiskSaturated, AThreadThatCommitsWaitsThoughTheMainThreadRuns) {
  const auto committing = [](const char* call, ThreadState state, int frames) {
    Scene scene = on_disk(99, 0.030);
    scene.rates(0).states = shares(0.9, 0.1, 0.9);
    Doing doing;
    doing.threads = {{.comm = "saver", .state = state, .call = std::string(call), .file = "/data/checkpoint.pt"}};
    scene.detail(0).doing = doing;
    scene.history(frames, [](Snapshot&, double) {});
    return scene;
  };
  Scene scene = committing("fdatasync", ThreadState::disk, 4);
  ASSERT_EQ(scene.rules(), "disk-saturated");
  const Finding first = scene.verdict()[0];
  EXPECT_NE(first.evidence[0].text.find("in fdatasync of /data/checkpoint.pt"), std::string::npos);
  EXPECT_EQ(first.actions[0], "commit more rarely, or to another disk");
  EXPECT_EQ(committing("read", ThreadState::disk, 4).rules(), "") << "no commit";
  EXPECT_EQ(committing("fsync", ThreadState::waiting, 4).rules(), "");
  EXPECT_EQ(committing("fsync", ThreadState::disk, 3).rules(), "disk-saturated");
  EXPECT_EQ(committing("fsync", ThreadState::disk, 2).rules(), "") << "three looks are too few";
}

TEST(DiskSaturated, TheEdges) {
  EXPECT_EQ(on_disk(90, 0.030).rules(), "disk-saturated");
  EXPECT_EQ(on_disk(89, 0.030).rules(), "");
  Scene waits = on_disk(99, 0.030);
  waits.rates(0).states = in_disk(0.4);
  EXPECT_EQ(waits.rules(), "disk-saturated");
  waits.rates(0).states = in_disk(0.39);
  EXPECT_EQ(waits.rules(), "");
  Scene part = on_disk(99, 0.030);
  (*part.now.host.disks)[0].partition = true;
  EXPECT_EQ(part.rules(), "") << "a partition is part of a disk";
  Scene stuck = on_disk(99, 0);
  stuck.frame.delta.host.disks[0].reads = {};
  EXPECT_EQ(stuck.rules(), "");
  (*stuck.now.host.disks)[0].in_flight = 3;
  ASSERT_EQ(stuck.rules(), "disk-saturated");
  EXPECT_NE(stuck.verdict()[0].evidence[1].text.find("none of its 3 requests came back"), std::string::npos);
}

TEST(DiskSaturated, BusyAndFastIsADiskAtWork) {
  EXPECT_EQ(on_disk(99, 0.0005).rules(), "");
  EXPECT_EQ(on_disk(50, 0.030).rules(), "");
}

Scene ranks(std::initializer_list<StateShares> states) {
  Scene scene({});
  for (const StateShares& one : states) {
    const std::size_t index = scene.add(Role::rank);
    scene.rates(index).states = one;
    scene.rates(index).cpu_percent = one.running * 100;
  }
  return scene;
}

TEST(RankStraggler, TheOneThatOthersWaitForIsNamed) {
  Scene scene = ranks({shares(0.1, 0.9, 0.1), shares(0.95, 0.05, 0.9), shares(0.1, 0.9, 0.1)});
  const Finding first = scene.verdict().at(0);
  EXPECT_EQ(first.rule, "rank-straggler");
  EXPECT_NE(first.summary.find("rank 1"), std::string::npos) << first.summary;
}

TEST(RankStraggler, OneThatIsStoppedHoldsTheOthersUp) {
  StateShares stopped = shares(0, 0, 0);
  stopped.stopped = 1;
  EXPECT_EQ(ranks({shares(0, 1, 0), stopped}).rules(), "rank-straggler");
}

TEST(RankStraggler, TheEdges) {
  EXPECT_EQ(ranks({shares(0.5, 0.5, 0.5), shares(0.8, 0.2, 0.8)}).rules(), "rank-straggler");
  EXPECT_EQ(ranks({shares(0.51, 0.49, 0.5), shares(0.8, 0.2, 0.8)}).rules(), "");
  EXPECT_EQ(ranks({shares(0.5, 0.5, 0.5), shares(0.79, 0.21, 0.8)}).rules(), "");
  EXPECT_EQ(ranks({shares(0.95, 0.05, 0.9)}).rules(), "") << "one rank has nobody to hold up";
  Scene scene = ranks({shares(0.1, 0.9, 0.1), shares(0.95, 0.05, 0.9)});
  scene.rates(1).run_delay_percent = 20;
  EXPECT_NE(scene.verdict().at(0).causes[0].find("shares its CPUs"), std::string::npos);
  scene.rates(1).run_delay_percent = 19.9;
  EXPECT_EQ(scene.verdict().at(0).causes[0].find("shares its CPUs"), std::string::npos);
}

TEST(CollectiveWait, TheEdges) {
  EXPECT_EQ(ranks({shares(0.02, 0.98, 0), shares(0, 1, 0)}).rules(), "collective-wait");
  EXPECT_EQ(ranks({shares(0.03, 0.97, 0), shares(0, 1, 0)}).rules(), "");
  Scene busy = ranks({shares(0, 1, 0), shares(0, 1, 0)});
  busy.rates(0).cpu_percent = 5;
  EXPECT_EQ(busy.rules(), "");
  Scene moved = ranks({shares(0, 1, 0), shares(0, 1, 0)});
  Progress progress;
  progress.step = 3;
  progress.wall_ns = moved.now.after.wall_ns - 7 * nanoseconds_per_second;
  moved.run().progress = progress;
  EXPECT_EQ(moved.rules(), "") << "a bar that moved a moment ago";
  (*moved.run().progress).wall_ns -= nanoseconds_per_second;
  EXPECT_EQ(moved.rules(), "collective-wait");
}

TEST(RankStraggler, SilentWhenWorkIsEven) {
  EXPECT_EQ(ranks({shares(0.8, 0.2, 0.8), shares(0.7, 0.3, 0.7)}).rules(), "");
}

TEST(CollectiveWait, AllAsleepAndNobodyComputes) {
  EXPECT_EQ(ranks({shares(0, 1, 0), shares(0, 1, 0)}).rules(), "collective-wait");
  Scene young = ranks({shares(0, 1, 0), shares(0, 1, 0)});
  for (std::size_t i = 0; i < 2; ++i) young.process(i).id.start_ticks = 9200;
  EXPECT_EQ(young.rules(), "") << "ranks wait for each other while they start";
}

TEST(CollectiveWait, ASleepOfTheirOwnIsNoCollective) {
  StateShares resting = shares(0, 1, 0);
  resting.in_timer = 1;
  EXPECT_EQ(ranks({resting, resting}).rules(), "");
}

Scene locked(double share) {
  Scene scene({Role::other});
  StateShares state = shares(0, 1, 0);
  state.in_poll = 0;
  state.in_futex = 1;
  state.locked = share;
  scene.rates(0).states = state;
  scene.rates(0).cpu_percent = 0.0;
  scene.frame.delta.elapsed_seconds = 9;
  return scene;
}

Scene with_bar(double seconds_ago, double longest_gap);

TEST(Hung, EveryThreadWaitsForAnotherOne) {
  EXPECT_EQ(locked(1).rules(), "hung");
}

/// The evidence of this metric; an empty one without it.
Evidence evidence_of(const Finding& finding, std::string_view metric) {
  const auto found = std::ranges::find(finding.evidence, metric, &Evidence::metric);
  return found == finding.evidence.end() ? Evidence{} : *found;
}

TEST(Hung, ItsEvidenceIsInTheUnitsThatItNames) {
  const Finding deadlock = locked(1).verdict().at(0);
  EXPECT_EQ(deadlock.share_percent, 100.0);
  EXPECT_EQ(evidence_of(deadlock, "locked_percent").value, 100);
  EXPECT_EQ(evidence_of(deadlock, "locked_percent").threshold, 98);
  EXPECT_EQ(evidence_of(deadlock, "cpu_percent").window_seconds, 9);
  EXPECT_NE(evidence_of(deadlock, "locked_percent").text.find("in 100 % of 40 looks"), std::string::npos);
  const Finding bar = with_bar(30, 2).verdict().at(0);
  EXPECT_EQ(evidence_of(bar, "progress_age_seconds").value, 30);
  EXPECT_EQ(evidence_of(bar, "progress_age_seconds").threshold, 8) << "three pauses, and 8 s at least";
  EXPECT_DOUBLE_EQ(evidence_of(bar, "cpu_percent").value, 0.1);
  Scene stuck = locked(0);
  stuck.rates(0).states = in_disk(1);
  const Finding disk = stuck.verdict().at(0);
  EXPECT_NE(evidence_of(disk, "locked_percent").text.find("(D) in 100 % of the looks"), std::string::npos);
}

TEST(Hung, TheEdgesOfNothingMoves) {
  EXPECT_EQ(locked(0.98).rules(), "hung");
  EXPECT_EQ(locked(0.97).rules(), "") << "it woke now and then";
  Scene busy = locked(1);
  busy.rates(0).cpu_percent = 1.0;
  EXPECT_EQ(busy.rules(), "") << "a run that uses 1 % of a CPU does something";
  Scene reads = locked(1);
  reads.rates(0).read_chars_per_second = 60.0;
  reads.rates(0).write_chars_per_second = 39.0;
  EXPECT_EQ(reads.rules(), "hung") << "a line now and then is no work";
  reads.rates(0).write_chars_per_second = 40.0;
  EXPECT_EQ(reads.rules(), "");
  Scene young = locked(1);
  young.frame.delta.elapsed_seconds = 7.9;
  EXPECT_EQ(young.rules(), "");
  young.frame.delta.elapsed_seconds = 8;
  EXPECT_EQ(young.rules(), "hung");
}

TEST(Hung, ABarIsCountedFromTheBeginningOfItsAttempt) {
  Scene scene = with_bar(30, 2);
  scene.run().started_wall_ns = scene.now.after.wall_ns - 5 * nanoseconds_per_second;
  EXPECT_EQ(scene.rules(), "") << "what the attempt before this one showed is over";
  scene.run().started_wall_ns = scene.now.after.wall_ns - 20 * nanoseconds_per_second;
  EXPECT_EQ(evidence_of(scene.verdict().at(0), "progress_age_seconds").value, 20);
}

TEST(Hung, AZombieOfTheRunShowsNothing) {
  Scene scene = locked(1);
  scene.process(scene.add(Role::other)).state = 'Z';
  EXPECT_EQ(scene.rules(), "hung");
}

TEST(Hung, AHelperThatIsParkedKeepsNobodyFromHanging) {
  Scene scene = locked(1);
  const std::size_t helper = scene.add(Role::helper);
  scene.rates(helper).states = shares(0, 1, 0);
  EXPECT_EQ(scene.rules(), "hung");
  Scene other = locked(1);
  other.rates(other.add(Role::other)).states = shares(0, 1, 0);
  EXPECT_EQ(other.rules(), "") << "one that polls may be woken from outside";
}

TEST(Hung, ATrainerThatPollsForWorkersThatHang) {
  Scene scene({Role::trainer, Role::loader_worker});
  scene.frame.delta.elapsed_seconds = 9;
  scene.rates(0).states = shares(0, 1, 0);
  StateShares worker = shares(0, 1, 0);
  worker.in_poll = 0;
  worker.in_futex = worker.locked = 1;
  scene.rates(1).states = worker;
  EXPECT_EQ(scene.rules(), "hung");
}

TEST(Hung, TwoThatReadEachOthersPipes) {
  Scene scene({Role::other, Role::other});
  scene.frame.delta.elapsed_seconds = 9;
  StateShares reading = shares(0, 1, 0);
  reading.in_poll = 0;
  reading.in_pipe = reading.locked = 1;
  scene.rates(0).states = reading;
  StateShares elsewhere = reading;
  elsewhere.in_pipe = 0;
  scene.rates(1).states = elsewhere;
  EXPECT_EQ(scene.rules(), "") << "whoever has the other end may write";
  scene.rates(1).states = reading;
  EXPECT_EQ(scene.rules(), "hung");
}

TEST(Hung, WhoCouldBeWokenFromOutsideIsIdle) {
  EXPECT_EQ(locked(0).rules(), "");
}

TEST(Hung, WithoutTheRightToReadSystemCallsItIsLessSureAndSaysWhy) {
  Scene scene = locked(0);
  StateShares state = *scene.rates(0).states;
  state.perhaps_locked = 1;
  scene.rates(0).states = state;
  EXPECT_EQ(scene.rules(), "") << "whether it woke is not known";
  scene.rates(0).voluntary_switches_per_second = 0.0;
  const Finding first = scene.verdict().at(0);
  EXPECT_EQ(first.rule, "hung");
  EXPECT_LE(first.confidence, 0.5);
  EXPECT_NE(first.evidence.back().text.find("ptrace_scope"), std::string::npos) << first.evidence.back().text;
  EXPECT_EQ(first.evidence[1].text.find("without a time limit"), std::string::npos) << first.evidence[1].text;
  scene.rates(0).voluntary_switches_per_second = 0.2;  // it wakes now and then: a wait with a time limit
  EXPECT_EQ(scene.rules(), "");
}

TEST(Hung, AShortSilenceAsksForALongerLook) {
  Scene scene = locked(1);
  scene.frame.delta.elapsed_seconds = 4;
  EXPECT_EQ(scene.rules(), "");
  EXPECT_GT(scene.wanted, 3);
}

TEST(Hung, OneProcessThatWorksKeepsTheRunAlive) {
  Scene scene = locked(1);
  const std::size_t worker = scene.add(Role::other);
  scene.rates(worker).states = shares(0.5, 0.5, 0.5);
  scene.rates(worker).cpu_percent = 50.0;
  EXPECT_EQ(scene.rules(), "");
}

Scene with_bar(double seconds_ago, double longest_gap) {
  Scene scene({Role::trainer});
  StateShares polling = shares(0, 1, 0);
  scene.rates(0).states = polling;
  scene.rates(0).cpu_percent = 0.1;
  scene.frame.delta.elapsed_seconds = 9;
  Progress progress;
  progress.step = 30;
  progress.total = 100;
  progress.longest_gap_seconds = longest_gap;
  progress.wall_ns = scene.now.after.wall_ns - static_cast<std::int64_t>(seconds_ago * nanoseconds_per_second);
  scene.run().progress = progress;
  return scene;
}

TEST(Hung, ABarThatStandsStillLongerThanEverBefore) {
  EXPECT_EQ(with_bar(30, 2).rules(), "hung");
}

TEST(Hung, APauseAsItMadeBeforeIsNone) {
  EXPECT_EQ(with_bar(30, 12).rules(), "");
  EXPECT_EQ(with_bar(5, 1).rules(), "");
  Scene done = with_bar(30, 2);
  (*done.run().progress).step = 100;
  EXPECT_EQ(done.rules(), "") << "it has reached its end";
}

TEST(Hung, StorageThatDoesNotAnswer) {
  Scene scene = locked(0);
  scene.rates(0).states = in_disk(1);
  EXPECT_EQ(scene.rules(), "hung");
}

TEST(Zombies, ThatNobodyWaitsForAndTheirParent) {
  Scene scene = with_zombies(4);
  const Finding first = scene.verdict().at(0);
  EXPECT_EQ(first.rule, "zombies");
  EXPECT_NE(first.causes[0].find("process 10"), std::string::npos) << first.causes[0];
}

TEST(Zombies, OneThatIsReapedSoonIsNone) {
  EXPECT_EQ(with_zombies(1).rules(), "");
  Scene scene = with_zombies(4);
  scene.history(3, [](Snapshot& then, double) { then.processes[1].state = then.processes[2].state = 'R'; });
  EXPECT_EQ(scene.rules(), "");
}

TEST(Zombies, WhatIsLeftOfARunWhoseMainProcessEnded) {
  Scene scene = with_zombies(0);
  scene.run().state = RunState::exiting;
  EXPECT_EQ(scene.rules(), "zombies");
}

}  // namespace
}  // namespace vigie::rules
