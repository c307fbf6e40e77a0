// When a run is judged, how it is told apart from others, and what a case says of it.
#include <gtest/gtest.h>

#include "rules/scene_for_tests.hpp"

namespace vigie::rules {
namespace {

/// A run that waits for the data of its worker, which begins so many seconds before the end of the window of 4 s.
struct Starved : Scene {
  explicit Starved(double age = 90) : Scene({Role::trainer, Role::loader_worker}) {
    rates(0).states = shares(0.2, 0.8, 0.2);
    rates(1).states = shares(0.95, 0.05, 0.95);
    for (const std::size_t i : {0U, 1U})
      process(i).id.start_ticks = 10'000 - static_cast<std::uint64_t>(age * ticks_per_second);
    run().leader = process(0).id;
  }
};

TEST(JudgeEdges, ARunIsYoungForFiveSecondsBeyondTheWindow) {
  Starved scene(6);
  EXPECT_EQ(scene.rules(), "");
  const std::vector<TooEarly> early = too_early(scene.frame);
  ASSERT_EQ(early.size(), 1U);
  EXPECT_EQ(early[0].subject, "train");
  EXPECT_DOUBLE_EQ(early[0].began_within_seconds, 9);
  EXPECT_DOUBLE_EQ(early[0].settles_in_seconds, 3);
  Starved old(9);
  EXPECT_EQ(old.rules(), "loader-cpu");
  EXPECT_TRUE(too_early(old.frame).empty());
}

TEST(JudgeEdges, WithoutItsLeaderTheRecordTellsWhenItBegan) {
  Starved scene;
  scene.run().leader = {4711, 1};
  EXPECT_EQ(scene.rules(), "") << "when it began is not known";
  scene.run().started_wall_ns = scene.now.after.wall_ns - 9 * nanoseconds_per_second;
  EXPECT_EQ(scene.rules(), "loader-cpu");
  *scene.run().started_wall_ns += 1;
  EXPECT_EQ(scene.rules(), "");
}

TEST(JudgeEdges, ARunWhoseMainProcessHasEndedDoesNotStartAnyMore) {
  Starved scene(1);
  EXPECT_EQ(scene.rules(), "");
  scene.process(0).state = 'Z';
  scene.process(0).threads = 1;
  (void)scene.verdict();
  EXPECT_TRUE(too_early(scene.frame).empty());
  for (const RunState state : {RunState::exited, RunState::failed, RunState::cancelled, RunState::killed}) {
    Starved over(1);
    over.run().state = state;
    (void)over.verdict();
    EXPECT_TRUE(too_early(over.frame).empty()) << name_of(state);
  }
}

TEST(JudgeEdges, WhatHoldsOfAYoungRunIsSaidAtOnce) {
  Starved scene(1);
  ResourceLimit limit{.name = "Max open files", .unit = "files", .soft = 100, .hard = 100, .used = 95};
  scene.detail(0).limits = std::vector{limit};
  EXPECT_EQ(scene.rules(), "fd-limit") << "and not that it waits for data";
  EXPECT_TRUE(scene.verdict().at(0).primary);
}

TEST(JudgeEdges, TheFirstOfARunIsItsCauseAndTheOthersContribute) {
  Starved scene;
  ResourceLimit limit{.name = "Max open files", .unit = "files", .soft = 100, .hard = 100, .used = 95};
  scene.detail(0).limits = std::vector{limit};
  const std::vector<Finding> found = scene.verdict();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].rule, "fd-limit");
  EXPECT_TRUE(found[0].primary);
  EXPECT_EQ(found[1].rule, "loader-cpu");
  EXPECT_FALSE(found[1].primary);
  EXPECT_EQ(found[0].since_wall_ns, scene.now.before.wall_ns - 4 * nanoseconds_per_second);
}

TEST(JudgeEdges, WhatAChangeWillBeMeasuredBy) {
  Starved scene;
  Progress progress;
  progress.step = 30;
  progress.total = 100;
  progress.wall_ns = scene.now.after.wall_ns - nanoseconds_per_second;
  scene.run().progress = progress;
  EXPECT_EQ(scene.verdict().at(0).evidence.back().metric, "cpu_idle_percent") << "no rate is known";
  (*scene.run().progress).measured_rate_per_second = 1.5;
  EXPECT_EQ(scene.verdict().at(0).evidence.back().text, "1.50 steps per second by its progress bar");
  (*scene.run().progress).unit = "img";
  EXPECT_EQ(scene.verdict().at(0).evidence.back().text, "1.50 img per second by its progress bar");
  (*scene.run().progress).wall_ns -= 20 * nanoseconds_per_second;
  EXPECT_EQ(scene.verdict().at(0).evidence.back().text, "no step for 21.0s");
}

TEST(JudgeEdges, TheLongestWishCounts) {
  Scene scene({Role::trainer});
  scene.process(0).rss_bytes = 500 << 20;
  scene.history(4, [](Snapshot& then, double second) {
    then.processes[0].rss_bytes -= static_cast<std::uint64_t>(-second * (100 << 20));
  });
  scene.now.host.locks = std::vector{FileLock{.waits = true, .pid = 10}};
  (void)scene.verdict();
  ASSERT_EQ(scene.suspected.size(), 2U);
  EXPECT_DOUBLE_EQ(scene.wanted, 7) << "eleven seconds, of which four have passed";
  scene.frame.delta.elapsed_seconds = 12;
  (void)scene.verdict();
  EXPECT_DOUBLE_EQ(scene.wanted, 0);
  EXPECT_EQ(more_seconds_wanted({}), 0);
  EXPECT_TRUE(suspicions({}).empty());
  EXPECT_TRUE(judge({}).empty());
}

TEST(CaseEdges, TwentyLooksAreEvidence) {
  Starved scene;
  StateShares waits = shares(0.2, 0.8, 0.2);
  waits.looks = 20;
  scene.rates(0).states = waits;
  EXPECT_EQ(scene.rules(), "loader-cpu");
  waits.looks = 19;
  scene.rates(0).states = waits;
  EXPECT_EQ(scene.rules(), "");
}

TEST(CaseEdges, ARunIsAsOldAsItsOldestProcess) {
  Scene scene({Role::trainer, Role::loader_worker, Role::loader_worker});
  scene.process(0).id.start_ticks = 9000;
  scene.process(1).id.start_ticks = 7000;
  scene.process(2).id.start_ticks = 8000;
  (void)scene.verdict();
  const Case facts({&scene.frame, 1}, scene.run());
  EXPECT_DOUBLE_EQ(facts.age(), 30);
  EXPECT_DOUBLE_EQ(facts.age(scene.run().members[2]), 20);
}

TEST(CaseEdges, WhoMayActOnWhom) {
  Scene scene({Role::trainer});
  const std::size_t observer = scene.add_other("vigie", 0);
  const auto may = [&](Reading<uid_t> observing, Reading<uid_t> owner) {
    scene.process(observer).uid = observing;
    scene.process(0).uid = owner;
    (void)scene.verdict();
    return Case({&scene.frame, 1}, scene.run()).may_act_on(scene.frame.snapshot->processes[0]);
  };
  scene.now.observer = scene.process(observer).id.pid;
  EXPECT_TRUE(may(uid_t{0}, uid_t{1000})) << "root";
  EXPECT_TRUE(may(uid_t{1000}, uid_t{1000}));
  EXPECT_FALSE(may(uid_t{1001}, uid_t{1000}));
  EXPECT_TRUE(may(uid_t{1001}, Presence::unknown));
  EXPECT_TRUE(may(Presence::unknown, uid_t{1000}));
  scene.now.observer = 4711;
  EXPECT_TRUE(may(uid_t{1001}, uid_t{1000})) << "who looks is not seen";
}

TEST(CaseEdges, TheNameOfAnOwner) {
  Scene scene({Role::trainer});
  const auto owner = [&](Reading<uid_t> uid) {
    scene.process(0).uid = uid;
    (void)scene.verdict();
    return Case({&scene.frame, 1}, scene.run()).owner_of(scene.frame.snapshot->processes[0]);
  };
  scene.now.users = {{.uid = 1000, .name = "alice"}, {.uid = 1001, .name = ""}};
  EXPECT_EQ(owner(uid_t{1000}), "alice");
  EXPECT_EQ(owner(uid_t{1001}), "user 1001") << "it has no name";
  EXPECT_EQ(owner(uid_t{1002}), "user 1002");
  EXPECT_EQ(owner(Presence::denied), "another user");
}

TEST(CaseEdges, TheFirstGroupThatCouldBeReadIsTheRuns) {
  Scene scene({Role::trainer, Role::loader_worker, Role::loader_worker, Role::loader_worker});
  scene.detail(1).cgroup = Presence::denied;
  for (const std::size_t i : {2U, 3U}) {
    scene.detail(i).cgroup = CgroupSample{};
    (*scene.detail(i).cgroup).cpu.quota_cpus = static_cast<double>(i);
  }
  for (std::size_t i = 0; i < 3; ++i) scene.frame.delta.cgroups[i].cpu_percent = 10.0 * static_cast<double>(i);
  (void)scene.verdict();
  const Case facts({&scene.frame, 1}, scene.run());
  EXPECT_DOUBLE_EQ(facts.cpus(), 2);
  EXPECT_DOUBLE_EQ(*facts.group_rates()->cpu_percent, 10) << "its own rates";
  scene.frame.delta.cgroups.resize(1);
  EXPECT_EQ(Case({&scene.frame, 1}, scene.run()).group_rates(), nullptr);
  scene.frame.delta.cgroups.clear();
  EXPECT_EQ(Case({&scene.frame, 1}, scene.run()).group_rates(), nullptr);
}

TEST(CaseEdges, TheFirstMaskThatIsKnownIsTheRuns) {
  Scene scene({Role::trainer, Role::loader_worker, Role::loader_worker});
  scene.now.host.cpus_allowed = 3U;
  const auto cpus = [&] {
    (void)scene.verdict();
    return Case({&scene.frame, 1}, scene.run()).cpus();
  };
  EXPECT_DOUBLE_EQ(cpus(), 3) << "vigie's own";
  scene.process(2).cpus_allowed = 1U;
  EXPECT_DOUBLE_EQ(cpus(), 1);
  scene.process(1).cpus_allowed = 2U;
  EXPECT_DOUBLE_EQ(cpus(), 2);
}

TEST(CaseEdges, IdleIsWhatOthersAndItsOwnGroupLeave) {
  Scene scene({Role::trainer});
  const auto idle = [&] {
    (void)scene.verdict();
    return Case({&scene.frame, 1}, scene.run()).idle_percent();
  };
  EXPECT_DOUBLE_EQ(*idle(), 200) << "of the whole host";
  scene.process(0).cpus_allowed = 1U;
  scene.rates(0).cpu_percent = 30.0;
  EXPECT_DOUBLE_EQ(*idle(), 70);
  scene.rates(0).cpu_percent = 130.0;
  EXPECT_DOUBLE_EQ(*idle(), 0);
  scene.frame.delta.host.cpu_idle_percent = 50.0;
  scene.rates(0).cpu_percent = 30.0;
  EXPECT_DOUBLE_EQ(*idle(), 50);
  scene.frame.delta.host.cpu_idle_percent = Presence::denied;
  EXPECT_EQ(idle().presence(), Presence::denied);
}

TEST(CaseEdges, AnotherAttemptIsAnotherRun) {
  Scene scene({Role::trainer});
  (void)scene.verdict();
  Frame before = scene.frame, of_others = scene.frame;
  before.view.runs[0].attempt += 1;
  of_others.view.runs.clear();
  const std::vector<Frame> window = {before, of_others, scene.frame, scene.frame};
  const auto one = [](const Frame&, const vigie::Run&) { return std::optional<double>(1); };
  EXPECT_EQ(Case(window, scene.run()).over_time(one).size(), 2U);
  const vigie::Run host = host_run();
  EXPECT_EQ(Case(window, host).over_time(one).size(), 4U);
}

TEST(CaseEdges, OneOrMany) {
  EXPECT_EQ(Case::counted(1, "process"), "1 process");
  EXPECT_EQ(Case::counted(2, "process"), "2 processes");
  EXPECT_EQ(Case::counted(0, "loader worker"), "0 loader workers");
}

TEST(CaseEdges, AContainerThatMayNotBeLookedAtHasNoFileSystemsOfTheHost) {
  Scene scene({Role::trainer});
  MountSample mount;
  mount.path = "/";
  scene.now.host.mounts = std::vector{mount};
  const auto known = [&] {
    (void)scene.verdict();
    return Case({&scene.frame, 1}, scene.run()).mount_of(scene.run().members[0], "/data") != nullptr;
  };
  EXPECT_TRUE(known());
  scene.detail(0).mounts = Presence::not_read;
  EXPECT_TRUE(known()) << "it sees what vigie sees";
  scene.detail(0).mounts = Presence::denied;
  EXPECT_FALSE(known()) << "it may be in a container";
  scene.detail(0).mounts = std::vector{mount};
  EXPECT_TRUE(known());
}

}  // namespace
}  // namespace vigie::rules
