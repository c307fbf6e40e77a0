#include "rules/judge.hpp"

#include <gtest/gtest.h>

#include "rules/scene_for_tests.hpp"

namespace vigie::rules {
namespace {

/// A training of one trainer and some workers.
struct Training : Scene {
  explicit Training(unsigned workers) : Scene({Role::trainer}) {
    for (unsigned i = 0; i < workers; ++i) add(Role::loader_worker);
  }
  /// A control group with this quota around the run.
  void limit_cpus(double quota) {
    detail(0).cgroup = CgroupSample{};
    (*detail(0).cgroup).cpu.quota_cpus = quota;
  }
  ProcessRates& trainer() { return rates(0); }
  ProcessRates& worker(std::size_t number) { return rates(1 + number); }
};

TEST(LoaderCpu, FiresWhenTheTrainerWaitsForBusyWorkers) {
  Training scene(2);
  scene.trainer().states = shares(0.2, 0.8, 0.2);
  scene.worker(0).states = scene.worker(1).states = shares(0.95, 0.05, 0.95);
  const std::vector<Finding> found = scene.verdict();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].rule, "loader-cpu");
  EXPECT_TRUE(found[0].primary);
  EXPECT_NE(found[0].actions[0].find("2 → 4"), std::string::npos) << found[0].actions[0];
}

TEST(LoaderCpu, WithoutAnIdleCpuMoreWorkersAreNotAdvised) {
  Training scene(2);
  scene.frame.delta.host.cpu_idle_percent = 5;
  scene.trainer().states = shares(0.2, 0.8, 0.2);
  scene.worker(0).states = scene.worker(1).states = shares(0.95, 0.05, 0.95);
  EXPECT_NE(scene.verdict().at(0).actions[0].find("cheaper"), std::string::npos);
}

TEST(LoaderCpu, UnderAQuotaItsOwnCpusCountNotTheHosts) {
  Training scene(2);
  scene.trainer().states = shares(0.2, 0.8, 0.2);
  scene.worker(0).states = scene.worker(1).states = shares(0.95, 0.05, 0.95);
  scene.worker(0).cpu_percent = scene.worker(1).cpu_percent = 75;
  scene.limit_cpus(1.5);
  const std::string action = scene.verdict().at(0).actions[0];
  EXPECT_NE(action.find("all 1.5 CPUs are busy"), std::string::npos) << action;
}

TEST(LoaderCpu, SilentWhenWorkersAreParkedInPoll) {
  Training scene(2);
  scene.trainer().states = shares(0.2, 0.8, 0.2);
  scene.worker(0).states = scene.worker(1).states = shares(0.05, 0.95, 0.05);
  EXPECT_TRUE(scene.verdict().empty());
}

TEST(LoaderCpu, SilentOnAComputeBoundTraining) {
  Training scene(2);
  scene.trainer().states = shares(0.98, 0.02, 0.1);
  scene.worker(0).states = scene.worker(1).states = shares(0.9, 0.1, 0.9);
  EXPECT_TRUE(scene.verdict().empty());
}

TEST(LoaderCpu, SilentWhenTheProgramSleepsOnPurpose) {
  Training scene(2);
  StateShares resting = shares(0.2, 0.8, 0.2);
  resting.in_poll = 0;
  resting.in_timer = 0.75;
  scene.trainer().states = resting;
  scene.worker(0).states = scene.worker(1).states = shares(0.95, 0.05, 0.95);
  EXPECT_TRUE(scene.verdict().empty());
}

TEST(LoaderCpu, TellsTheStepRateWhereItIsKnown) {
  Training scene(1);
  scene.trainer().states = shares(0.2, 0.8, 0.2);
  scene.worker(0).states = shares(0.95, 0.05, 0.95);
  Progress progress;
  progress.measured_rate_per_second = 1.5;
  scene.frame.view.runs[0].progress = progress;
  const Evidence last = scene.verdict().at(0).evidence.back();
  EXPECT_EQ(last.metric, "progress_rate_per_second");
  EXPECT_DOUBLE_EQ(last.value, 1.5);
}

TEST(LoaderCpu, SilentWhenNobodyLooked) {
  Training scene(2);
  EXPECT_TRUE(scene.verdict().empty());
}

void make_serial(Training& scene) {
  scene.trainer().states = shares(1.0, 0.0, 0.9);
  scene.trainer().read_chars_per_second = 500e3;
  scene.trainer().read_calls_per_second = 300;
}

TEST(LoaderSerial, FiresWhenOneThreadReadsFilesAndTheOthersIdle) {
  Training scene(0);
  make_serial(scene);
  ASSERT_EQ(scene.verdict().size(), 1U);
  EXPECT_EQ(scene.verdict()[0].rule, "loader-serial");
}

TEST(LoaderSerial, SilentWhenItComputesInMemory) {
  Training scene(0);
  make_serial(scene);
  scene.trainer().read_chars_per_second = 100;
  EXPECT_TRUE(scene.verdict().empty());
}

TEST(LoaderSerial, SilentWhenIoMayNotBeRead) {
  Training scene(0);
  make_serial(scene);
  scene.trainer().read_chars_per_second = Presence::denied;
  EXPECT_TRUE(scene.verdict().empty());
}

TEST(LoaderSerial, SilentWhenItsComputeThreadsWork) {
  Training scene(0);
  make_serial(scene);
  scene.trainer().states = shares(1.0, 0.0, 0.3);
  EXPECT_TRUE(scene.verdict().empty());
}

TEST(LoaderSerial, SilentWhileTheHostHasNoIdleCpu) {
  Training scene(0);
  make_serial(scene);
  scene.frame.delta.host.cpu_idle_percent = 10;
  EXPECT_TRUE(scene.verdict().empty());
}

TEST(Stopped, APausedRunIsStoppedAndNothingElse) {
  Training scene(1);
  scene.frame.view.runs[0].state = RunState::paused;
  scene.trainer().states = shares(0.2, 0.8, 0.2);
  scene.worker(0).states = shares(0.95, 0.05, 0.95);
  ASSERT_EQ(scene.verdict().size(), 1U);
  EXPECT_EQ(scene.verdict()[0].rule, "stopped");
}

TEST(Judge, ARunThatIsOverIsNotJudged) {
  Training scene(0);
  make_serial(scene);
  scene.frame.view.runs[0].state = RunState::killed;
  EXPECT_TRUE(scene.verdict().empty());
}

}  // namespace
}  // namespace vigie::rules
