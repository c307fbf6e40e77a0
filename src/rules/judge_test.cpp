#include "rules/judge.hpp"

#include <gtest/gtest.h>

#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

StateShares shares(double running, double asleep, double alone) {
  StateShares result;
  result.looks = 40;
  result.running = running;
  result.asleep = result.in_poll = asleep;
  result.alone = alone;
  return result;
}

/// A run of one trainer and some workers on a host of 4 CPUs, watched for 4 s, a minute after its start.
class Scene {
 public:
  explicit Scene(unsigned workers) {
    snapshot_.before = snapshot_.after = {.boot_ns = 100 * nanoseconds_per_second, .wall_ns = 0};
    snapshot_.host.cpus = 4;
    frame.delta.elapsed_seconds = 4;
    frame.delta.host.cpu_idle_percent = 200;
    Run run;
    run.id = "abc123";
    run.name = "train";
    run.leader = {10, 4000};
    for (unsigned i = 0; i <= workers; ++i) {
      ProcessSample process;
      process.id = {static_cast<pid_t>(10 + i), 4000};
      process.threads = 4;
      snapshot_.processes.push_back(process);
      frame.delta.processes.emplace_back();
      run.members.push_back({.process = i,
                             .role = i == 0 ? Role::trainer : Role::loader_worker,
                             .number = static_cast<int>(i),
                             .trainer = i == 0 ? -1 : 0});
    }
    frame.view.runs.push_back(run);
  }

  std::vector<Finding> verdict() {
    frame.snapshot = std::make_shared<const Snapshot>(snapshot_);
    return judge({&frame, 1});
  }
  /// A control group with this quota around the run.
  void limit_cpus(double quota) {
    ProcessDetail detail;
    detail.id = snapshot_.processes[0].id;
    detail.cgroup = CgroupSample{};
    (*detail.cgroup).cpu.quota_cpus = quota;
    snapshot_.details.push_back(detail);
  }
  ProcessRates& trainer() { return frame.delta.processes[0]; }
  ProcessRates& worker(std::size_t number) { return frame.delta.processes[1 + number]; }

  Frame frame;

 private:
  Snapshot snapshot_;
};

TEST(LoaderCpu, FiresWhenTheTrainerWaitsForBusyWorkers) {
  Scene scene(2);
  scene.trainer().states = shares(0.2, 0.8, 0.2);
  scene.worker(0).states = scene.worker(1).states = shares(0.95, 0.05, 0.95);
  const std::vector<Finding> found = scene.verdict();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].rule, "loader-cpu");
  EXPECT_TRUE(found[0].primary);
  EXPECT_NE(found[0].actions[0].find("2 → 4"), std::string::npos) << found[0].actions[0];
}

TEST(LoaderCpu, WithoutAnIdleCpuMoreWorkersAreNotAdvised) {
  Scene scene(2);
  scene.frame.delta.host.cpu_idle_percent = 5;
  scene.trainer().states = shares(0.2, 0.8, 0.2);
  scene.worker(0).states = scene.worker(1).states = shares(0.95, 0.05, 0.95);
  EXPECT_NE(scene.verdict().at(0).actions[0].find("cheaper"), std::string::npos);
}

TEST(LoaderCpu, UnderAQuotaItsOwnCpusCountNotTheHosts) {
  Scene scene(2);
  scene.trainer().states = shares(0.2, 0.8, 0.2);
  scene.worker(0).states = scene.worker(1).states = shares(0.95, 0.05, 0.95);
  scene.worker(0).cpu_percent = scene.worker(1).cpu_percent = 75;
  scene.limit_cpus(1.5);
  const std::string action = scene.verdict().at(0).actions[0];
  EXPECT_NE(action.find("all 1.5 CPUs are busy"), std::string::npos) << action;
}

TEST(LoaderCpu, SilentWhenWorkersAreParkedInPoll) {
  Scene scene(2);
  scene.trainer().states = shares(0.2, 0.8, 0.2);
  scene.worker(0).states = scene.worker(1).states = shares(0.05, 0.95, 0.05);
  EXPECT_TRUE(scene.verdict().empty());
}

TEST(LoaderCpu, SilentOnAComputeBoundTraining) {
  Scene scene(2);
  scene.trainer().states = shares(0.98, 0.02, 0.1);
  scene.worker(0).states = scene.worker(1).states = shares(0.9, 0.1, 0.9);
  EXPECT_TRUE(scene.verdict().empty());
}

TEST(LoaderCpu, SilentWhenTheProgramSleepsOnPurpose) {
  Scene scene(2);
  StateShares resting = shares(0.2, 0.8, 0.2);
  resting.in_poll = 0;
  resting.in_timer = 0.75;
  scene.trainer().states = resting;
  scene.worker(0).states = scene.worker(1).states = shares(0.95, 0.05, 0.95);
  EXPECT_TRUE(scene.verdict().empty());
}

TEST(LoaderCpu, TellsTheStepRateWhereItIsKnown) {
  Scene scene(1);
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
  Scene scene(2);
  EXPECT_TRUE(scene.verdict().empty());
}

void make_serial(Scene& scene) {
  scene.trainer().states = shares(1.0, 0.0, 0.9);
  scene.trainer().read_chars_per_second = 500e3;
  scene.trainer().read_calls_per_second = 300;
}

TEST(LoaderSerial, FiresWhenOneThreadReadsFilesAndTheOthersIdle) {
  Scene scene(0);
  make_serial(scene);
  ASSERT_EQ(scene.verdict().size(), 1U);
  EXPECT_EQ(scene.verdict()[0].rule, "loader-serial");
}

TEST(LoaderSerial, SilentWhenItComputesInMemory) {
  Scene scene(0);
  make_serial(scene);
  scene.trainer().read_chars_per_second = 100;
  EXPECT_TRUE(scene.verdict().empty());
}

TEST(LoaderSerial, SilentWhenIoMayNotBeRead) {
  Scene scene(0);
  make_serial(scene);
  scene.trainer().read_chars_per_second = Presence::denied;
  EXPECT_TRUE(scene.verdict().empty());
}

TEST(LoaderSerial, SilentWhenItsComputeThreadsWork) {
  Scene scene(0);
  make_serial(scene);
  scene.trainer().states = shares(1.0, 0.0, 0.3);
  EXPECT_TRUE(scene.verdict().empty());
}

TEST(LoaderSerial, SilentWhileTheHostHasNoIdleCpu) {
  Scene scene(0);
  make_serial(scene);
  scene.frame.delta.host.cpu_idle_percent = 10;
  EXPECT_TRUE(scene.verdict().empty());
}

TEST(Stopped, APausedRunIsStoppedAndNothingElse) {
  Scene scene(1);
  scene.frame.view.runs[0].state = RunState::paused;
  scene.trainer().states = shares(0.2, 0.8, 0.2);
  scene.worker(0).states = shares(0.95, 0.05, 0.95);
  ASSERT_EQ(scene.verdict().size(), 1U);
  EXPECT_EQ(scene.verdict()[0].rule, "stopped");
}

TEST(Judge, ARunThatIsOverIsNotJudged) {
  Scene scene(0);
  make_serial(scene);
  scene.frame.view.runs[0].state = RunState::killed;
  EXPECT_TRUE(scene.verdict().empty());
}

}  // namespace
}  // namespace vigie::rules
