#include <gtest/gtest.h>

#include "rules/scene_for_tests.hpp"

namespace vigie::rules {
namespace {

StateShares busy(double threads) {
  StateShares result = shares(1, 0, threads <= 1 ? 1 : 0);
  result.threads_running = threads;
  return result;
}

Scene with_workers(std::size_t workers) {
  Scene scene({Role::trainer});
  scene.rates(0).states = busy(1);
  for (std::size_t i = 0; i < workers; ++i) {
    const std::size_t index = scene.add(Role::loader_worker);
    scene.rates(index).states = busy(1);
    scene.rates(index).run_delay_percent = 60;
    scene.rates(index).cpu_percent = 40;
  }
  scene.frame.delta.host.cpu_idle_percent = 0;
  return scene;
}

TEST(CpuOversubscribed, MoreWorkersThanCpusAreToldAndHowManyFit) {
  Scene scene = with_workers(8);
  scene.run().command = "python3 train.py --workers 8";
  const Finding first = scene.verdict().at(0);
  EXPECT_EQ(first.rule, "cpu-oversubscribed");
  EXPECT_NE(first.actions[0].find("`--workers 8 → 3`"), std::string::npos) << first.actions[0];
  EXPECT_DOUBLE_EQ(*first.share_percent, 60);
}

TEST(CpuOversubscribed, OneProcessWithTooManyThreadsIsNamed) {
  Scene scene({Role::trainer});
  scene.rates(0).states = busy(12);
  scene.rates(0).run_delay_percent = 70;
  scene.frame.delta.host.cpu_idle_percent = 0;
  const Finding first = scene.verdict().at(0);
  EXPECT_EQ(first.rule, "cpu-oversubscribed");
  EXPECT_NE(first.actions[0].find("OMP_NUM_THREADS=4"), std::string::npos) << first.actions[0];
}

TEST(CpuOversubscribed, AThreadForEachCpuIsAsItShouldBe) {
  Scene scene = with_workers(3);
  EXPECT_EQ(scene.rules(), "");
}

TEST(CpuOversubscribed, SilentWhenNobodyWaits) {
  Scene scene = with_workers(8);
  for (std::size_t i = 1; i <= 8; ++i) scene.rates(i).run_delay_percent = 5;
  EXPECT_EQ(scene.rules(), "");
}

TEST(CpuOversubscribed, DifferentProgramsBesideEachOtherAreABuild) {
  Scene scene({Role::other});
  scene.rates(0).states = shares(0, 1, 0);
  for (int i = 0; i < 9; ++i) {
    const std::size_t index = scene.add(Role::other);
    scene.process(index).cmdline = "cc1" + std::string(1, static_cast<char>('a' + i));
    scene.rates(index).states = busy(1);
    scene.rates(index).run_delay_percent = 50;
  }
  scene.frame.delta.host.cpu_idle_percent = 0;
  EXPECT_EQ(scene.rules(), "");
}

Scene beside_others() {
  Scene scene({Role::trainer});
  scene.rates(0).states = busy(2);
  scene.rates(0).cpu_percent = 100;
  scene.rates(0).run_delay_percent = 50;
  scene.frame.delta.host.cpu_idle_percent = 5;
  scene.add_other("ffmpeg", 280);
  return scene;
}

TEST(CpuContention, NamesWhoUsesTheCpus) {
  Scene scene = beside_others();
  const Finding first = scene.verdict().at(0);
  EXPECT_EQ(first.rule, "cpu-contention");
  EXPECT_NE(first.causes[0].find("ffmpeg (pid 11) 280 %"), std::string::npos) << first.causes[0];
  EXPECT_NE(first.actions[0].find("renice 19 11"), std::string::npos) << first.actions[0];
}

TEST(CpuContention, SilentWhileCpusAreIdle) {
  Scene scene = beside_others();
  scene.frame.delta.host.cpu_idle_percent = 180;
  EXPECT_EQ(scene.rules(), "");
}

TEST(CpuContention, SilentWhenItDoesNotWait) {
  Scene scene = beside_others();
  scene.rates(0).run_delay_percent = 10;
  EXPECT_EQ(scene.rules(), "");
  scene.rates(0).run_delay_percent = Presence::denied;
  EXPECT_EQ(scene.rules(), "");
}

TEST(CpuContention, VigieItselfIsNobodyWhoShouldGiveWay) {
  Scene scene = beside_others();
  scene.now.observer = scene.process(1).id.pid;
  EXPECT_EQ(scene.rules(), "");
}

TEST(CpuContention, ConfinedToACpuOnlyWhoIsOnItCounts) {
  Scene scene = beside_others();
  scene.frame.delta.host.cpu_idle_percent = 250;
  scene.process(0).cpus_allowed = 1U;
  scene.rates(0).states = busy(1);
  scene.process(0).processor = 2;
  scene.process(1).processor = 2;
  EXPECT_EQ(scene.rules(), "cpu-contention");
  scene.process(1).processor = 3;
  EXPECT_EQ(scene.rules(), "");
}

Scene with_quota(double throttled) {
  Scene scene({Role::trainer});
  scene.rates(0).states = busy(3);
  scene.detail(0).cgroup = CgroupSample{};
  (*scene.detail(0).cgroup).cpu.quota_cpus = 2;
  (*scene.detail(0).cgroup).cpu.quota_group = "/box";
  scene.frame.delta.cgroups[0].throttled_percent = throttled;
  return scene;
}

TEST(CpuThrottled, TellsTheQuotaAndAHigherOne) {
  const Finding first = with_quota(80).verdict().at(0);
  EXPECT_EQ(first.rule, "cpu-throttled");
  EXPECT_NE(first.actions[0].find("2 → 3 CPUs"), std::string::npos) << first.actions[0];
  EXPECT_NE(first.evidence[0].text.find("/box"), std::string::npos);
}

TEST(CpuThrottled, WhatItsQuotaStopsDoesNotWaitForOthers) {
  Scene scene = with_quota(80);
  scene.rates(0).run_delay_percent = 70;
  scene.add_other("ffmpeg", 280);
  scene.process(0).processor = scene.process(1).processor = 2;
  EXPECT_EQ(scene.rules(), "cpu-throttled");
}

TEST(CpuThrottled, ABurstAtTheEdgeIsNone) {
  EXPECT_EQ(with_quota(8).rules(), "");
}

Scene on_one_thread() {
  Scene scene({Role::trainer});
  scene.rates(0).states = busy(1);
  scene.process(0).frameworks = Framework::torch;
  scene.process(0).threads = 2;
  scene.process(0).variables = RunVariables{};
  scene.frame.delta.host.cpu_idle_percent = 300;
  return scene;
}

TEST(CpuUnderused, TheVariableThatLimitsTheLibraryIsNamed) {
  Scene scene = on_one_thread();
  RunVariables told;
  told.math_threads = "1";
  scene.process(0).variables = told;
  const Finding first = scene.verdict().at(0);
  EXPECT_EQ(first.rule, "cpu-underused");
  EXPECT_NE(first.actions[0].find("OMP_NUM_THREADS=4 instead of 1"), std::string::npos) << first.actions[0];
}

TEST(CpuUnderused, ALimitInTheProgramIsSeenByItsThreads) {
  EXPECT_EQ(on_one_thread().rules(), "cpu-underused");
}

TEST(CpuUnderused, AnOrdinaryProgramMayHaveOneThread) {
  Scene scene = on_one_thread();
  scene.process(0).frameworks = Framework::none;
  EXPECT_EQ(scene.rules(), "");
  scene.process(0).frameworks = Framework::threaded_math;
  EXPECT_EQ(scene.rules(), "") << "numpy that is not told anything computes outside of its library";
}

TEST(CpuUnderused, SilentWhenOtherThreadsTakePart) {
  Scene scene = on_one_thread();
  scene.rates(0).states = busy(3);
  EXPECT_EQ(scene.rules(), "");
}

TEST(CpuUnderused, SilentWhenTheLibraryHasItsThreadsAndTheProgramDoesNotUseThem) {
  Scene scene = on_one_thread();
  scene.process(0).threads = 6;
  EXPECT_EQ(scene.rules(), "");
}

TEST(CpuOversubscribed, TheEdges) {
  Scene scene = with_workers(6);  // 7 threads on 4 CPUs: 1.75 each
  EXPECT_EQ(scene.rules(), "cpu-oversubscribed");
  for (std::size_t i = 1; i <= 6; ++i) scene.rates(i).run_delay_percent = 20;
  EXPECT_EQ(scene.rules(), "cpu-oversubscribed") << "a fifth of the time";
  for (std::size_t i = 1; i <= 6; ++i) scene.rates(i).run_delay_percent = 19.9;
  EXPECT_EQ(scene.rules(), "");
  EXPECT_EQ(with_workers(5).rules(), "") << "1.5 each are a trainer and a loader that take turns";
  Scene narrow({Role::trainer});
  narrow.process(0).cpus_allowed = 1U;
  narrow.rates(0).states = busy(1.6);
  narrow.rates(0).run_delay_percent = 60;
  narrow.frame.delta.host.cpu_idle_percent = 0;
  EXPECT_EQ(narrow.rules(), "cpu-oversubscribed");
  narrow.rates(0).states = busy(1.4);
  EXPECT_EQ(narrow.rules(), "");
}

TEST(CpuContention, TheEdges) {
  Scene scene = beside_others();
  scene.rates(0).run_delay_percent = 20;
  EXPECT_EQ(scene.rules(), "cpu-contention");
  scene.rates(0).run_delay_percent = 19.9;
  EXPECT_EQ(scene.rules(), "");
  Scene idle = beside_others();
  idle.frame.delta.host.cpu_idle_percent = 100;
  EXPECT_EQ(idle.rules(), "cpu-contention") << "a quarter of 4 CPUs";
  idle.frame.delta.host.cpu_idle_percent = 101;
  EXPECT_EQ(idle.rules(), "");
  Scene others = beside_others();
  others.rates(1).cpu_percent = 100;
  EXPECT_EQ(others.rules(), "cpu-contention") << "25 % of each CPU";
  others.rates(1).cpu_percent = 99;
  EXPECT_EQ(others.rules(), "") << "the noise of every host";
}

TEST(CpuThrottled, TheEdge) {
  EXPECT_EQ(with_quota(20).rules(), "cpu-throttled");
  EXPECT_EQ(with_quota(19.9).rules(), "");
}

TEST(CpuUnderused, TheEdges) {
  Scene scene = on_one_thread();
  scene.frame.delta.host.cpu_idle_percent = 80;
  EXPECT_EQ(scene.rules(), "cpu-underused");
  scene.frame.delta.host.cpu_idle_percent = 79;
  EXPECT_EQ(scene.rules(), "") << "more threads would find no room";
  Scene reads = on_one_thread();
  reads.rates(0).read_chars_per_second = 20e3;
  EXPECT_EQ(reads.rules(), "") << "that is the loader's matter";
  Scene two = on_one_thread();
  RunVariables told;
  told.math_threads = "2";
  two.process(0).variables = told;
  two.process(0).threads = 6;
  two.rates(0).states = busy(2);
  EXPECT_EQ(two.rules(), "cpu-underused") << "two of four";
  told.math_threads = "3";
  two.process(0).variables = told;
  two.rates(0).states = busy(3);
  EXPECT_EQ(two.rules(), "") << "three of four are not few";
  Scene young = on_one_thread();
  young.process(0).id.start_ticks = 10'000 - 1300;  // 13 s ago, 9 before the window
  EXPECT_EQ(young.rules(), "");
}

}  // namespace
}  // namespace vigie::rules
