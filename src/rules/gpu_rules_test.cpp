#include <gtest/gtest.h>

#include "rules/gpu_scene_for_tests.hpp"

namespace vigie::rules {
namespace {

TEST(GpuRules, ATrainingThatUsesItsGpuIsHealthyAtItsPowerLimitAsWell) {
  OnGpu scene;
  EXPECT_EQ(scene.rules(), "");
  EXPECT_EQ(scene.rules("host"), "");
}

TEST(GpuRules, ALoaderThatKeepsTheGpuBusyIsNotWaitedFor) {
  OnGpu scene;
  scene.rates(0).states = shares(0.2, 0.8, 0.2);
  scene.rates(0).cpu_percent = 20;
  scene.rates(1).states = shares(1, 0, 1);
  EXPECT_EQ(scene.rules(), "");
  scene.gpu().busy_percent = 30.0;
  EXPECT_EQ(scene.rules(), "loader-cpu");
}

TEST(GpuRules, BusyWithFewSmsAndOneThreadThatNeverWaitsIsLaunchBound) {
  OnGpu scene;
  scene.gpu().sm_active_percent = 12.0;
  EXPECT_EQ(scene.rules(), "launch-bound");
  scene.rates(0).cpu_percent = 40;
  EXPECT_EQ(scene.rules(), "") << "a thread that waits launches as fast as it is needed";
}

TEST(GpuRules, ADecoderOfSmallBatchesIsLaunchBoundAtHalfTheUse) {
  OnGpu scene;
  scene.gpu().busy_percent = 69.0;
  scene.gpu().memory_busy_percent = 19.0;
  scene.gpu().sm_active_percent = 24.0;
  EXPECT_EQ(scene.rules(), "launch-bound");
  scene.gpu().busy_percent = 45.0;
  EXPECT_EQ(scene.rules(), "") << "it waits for something else as well";
}

TEST(GpuRules, APipelineThatDrainsForASecondIsNotLaunchBound) {
  OnGpu scene;
  scene.gpu().sm_active_percent = 10.0;
  scene.history(4,
                [](Snapshot& then, double second) { (*then.gpus)[0].sm_active_percent = second == -2 ? 54.0 : 11.0; });
  EXPECT_EQ(scene.rules(), "") << "one look has more than small kernels ever do";
}

TEST(GpuRules, WhereSmsAreNotCountedThePowerTells) {
  OnGpu scene;
  scene.gpu().sm_active_percent = Presence::unsupported;
  EXPECT_EQ(scene.rules(), "");
  scene.gpu().power_watts = 320.0;
  EXPECT_EQ(scene.rules(), "") << "46 % of the limit: an inner loop of integers takes no more";
  scene.gpu().power_watts = 210.0;
  EXPECT_EQ(scene.rules(), "launch-bound");
  scene.gpu().memory_busy_percent = 1.0;
  EXPECT_EQ(scene.rules(), "") << "kernels that compute in registers";
  scene.gpu().memory_busy_percent = 4.0;
  scene.gpu().power_watts = Presence::unsupported;
  EXPECT_EQ(scene.rules(), "") << "nothing is known of what it does";
}

TEST(GpuRules, MuchOverTheLinkBesideIdleSmsIsCopyBound) {
  OnGpu scene;
  scene.link().pcie_received_bytes_per_second = 6e9;
  EXPECT_EQ(scene.rules(), "") << "the SMs have work all the same";
  scene.gpu().sm_active_percent = 44.0;
  EXPECT_EQ(scene.rules(), "") << "kernels run all the time: a stage of a pipeline that sends what it has computed";
  scene.gpu().busy_percent = 47.0;
  EXPECT_EQ(scene.rules(), "copy-bound");
  EXPECT_NE(scene.first().actions[0].find("pin_memory"), std::string::npos);
}

TEST(GpuRules, TheEdgesOfLaunchBound) {
  OnGpu scene;
  scene.gpu().sm_active_percent = 29.9;
  EXPECT_EQ(scene.rules(), "launch-bound");
  scene.gpu().sm_active_percent = 30.0;
  EXPECT_EQ(scene.rules(), "");
  scene.gpu().sm_active_percent = 12.0;
  scene.rates(0).cpu_percent = 95;
  EXPECT_EQ(scene.rules(), "launch-bound");
  scene.rates(0).cpu_percent = 94;
  EXPECT_EQ(scene.rules(), "");
  OnGpu half;
  half.gpu().sm_active_percent = 12.0;
  half.gpu().busy_percent = 50.0;
  EXPECT_EQ(half.rules(), "launch-bound");
  half.gpu().busy_percent = 49.0;
  EXPECT_EQ(half.rules(), "");
}

TEST(GpuRules, TheEdgesOfCopyBound) {
  OnGpu scene;
  scene.gpu().busy_percent = 47.0;
  scene.gpu().sm_active_percent = 44.0;
  scene.link().pcie_received_bytes_per_second = 2e9;
  EXPECT_EQ(scene.rules(), "copy-bound");
  scene.link().pcie_received_bytes_per_second = 1.9e9;
  EXPECT_EQ(scene.rules(), "");
  scene.link().pcie_sent_bytes_per_second = 2e9;
  ASSERT_EQ(scene.rules(), "copy-bound");
  EXPECT_NE(scene.first().summary.find("from GPU 0"), std::string::npos) << scene.first().summary;
  scene.gpu().sm_active_percent = 50.0;
  EXPECT_EQ(scene.rules(), "") << "half of the SMs have work";
  scene.link().pcie_sent_bytes_per_second = 0.6 * 16 * 3938e6;
  EXPECT_EQ(scene.rules(), "copy-bound") << "what the link can carry";
  scene.gpu().busy_percent = 19.0;
  EXPECT_EQ(scene.rules(), "") << "it is being filled";
  scene.gpu().busy_percent = 20.0;
  EXPECT_EQ(scene.rules(), "copy-bound");
}

TEST(GpuRules, AModelThatIsLoadedIsNoStepThatCopies) {
  OnGpu scene;
  scene.rates(0).cpu_percent = 60;
  scene.link().pcie_received_bytes_per_second = 7e9;
  scene.gpu().sm_active_percent = 0.0;
  scene.gpu().busy_percent = 13.0;
  EXPECT_EQ(scene.rules(), "");
  scene.history(4, [](Snapshot& then, double second) { (*then.gpus)[0].busy_percent = second == -2 ? 100.0 : 0.0; });
  EXPECT_EQ(scene.rules(), "copy-bound") << "a kernel ran: it is a step";
}

TEST(GpuRules, AThreadThatOnlyCopiesIsNotOneThatShouldBeMany) {
  OnGpu scene;
  scene.process(0).frameworks = Framework::torch;
  scene.process(0).threads = 2;
  scene.process(0).variables = RunVariables{};
  scene.frame.delta.host.cpu_idle_percent = 300;
  scene.gpu().busy_percent = 40.0;
  scene.gpu().sm_active_percent = 20.0;
  EXPECT_EQ(scene.rules().substr(0, 13), "cpu-underused") << "it computes on one thread";
  scene.link().pcie_received_bytes_per_second = 8e9;
  EXPECT_EQ(scene.rules(), "copy-bound");
}

TEST(GpuRules, ALinkThatLostItsLanesIsNamed) {
  OnGpu scene;
  scene.gpu().pcie_generation = 3U;
  scene.gpu().pcie_width = 4U;
  scene.link().pcie_received_bytes_per_second = 3e9;
  EXPECT_EQ(scene.rules(), "copy-bound");
  EXPECT_EQ(scene.first().causes[1], "its link runs at generation 3 × 4 and could at 5 × 16");
}

/// Two ranks, each with a GPU, whose threads spin: processes tell nothing.
struct RanksOnGpus : Scene {
  RanksOnGpus() : Scene({Role::rank, Role::rank}) {
    std::vector<GpuSample> gpus;
    for (unsigned index = 0; index < 2; ++index) {
      GpuSample gpu;
      gpu.index = index;
      gpu.uuid = index == 0 ? "GPU-0" : "GPU-1";
      gpu.busy_percent = 99.0;
      gpu.memory_busy_percent = 30.0;
      gpu.sm_active_percent = 70.0;
      gpu.power_watts = 680.0;
      gpu.power_limit_watts = 700.0;
      gpu.clients = std::vector{GpuClient{.pid = static_cast<pid_t>(10 + index), .memory_bytes = 40 * gib}};
      gpus.push_back(gpu);
      frame.delta.gpu.gpus.emplace_back();
      link(index).pcie_received_bytes_per_second = 80e6;
      rates(index).cpu_percent = 100;
      rates(index).states = shares(1, 0, 1);
    }
    now.gpus = std::move(gpus);
  }
  GpuSample& gpu(unsigned index) { return (*now.gpus)[index]; }
  GpuRates& link(unsigned index) { return frame.delta.gpu.gpus[index]; }
};

TEST(GpuRules, RanksThatAllComputeAreHealthy) {
  RanksOnGpus scene;
  EXPECT_EQ(scene.rules(), "");
  scene.gpu(1).busy_percent = 88.0;
  EXPECT_EQ(scene.rules(), "") << "a little less is nobody's fault";
}

TEST(GpuRules, TheRankWhoseGpuHasPausesHoldsTheOthersUp) {
  RanksOnGpus scene;
  scene.gpu(1).busy_percent = 55.0;
  EXPECT_EQ(scene.rules(), "rank-straggler");
  const Finding finding = scene.verdict().front();
  EXPECT_NE(finding.summary.find("rank 1"), std::string::npos) << finding.summary;
  scene.gpu(0).busy_percent = 60.0;
  EXPECT_EQ(scene.rules(), "") << "nobody waits on a GPU that is not busy";
}

TEST(GpuRules, GpusThatAreBusyAndMoveNothingWaitForEachOther) {
  RanksOnGpus scene;
  for (const unsigned index : {0U, 1U}) {
    scene.gpu(index).memory_busy_percent = 0.0;
    scene.link(index).pcie_received_bytes_per_second = 1.4e6;
  }
  EXPECT_EQ(scene.rules(), "") << "they compute in their registers, at full power";
  for (const unsigned index : {0U, 1U}) {
    scene.gpu(index).sm_active_percent = 17.5;
    scene.gpu(index).power_watts = 130.0;
  }
  EXPECT_EQ(scene.rules(), "collective-wait") << "and not launch-bound, which looks the same";
  for (const unsigned index : {0U, 1U}) scene.gpu(index).sm_active_percent = 100.0;
  EXPECT_EQ(scene.rules(), "collective-wait") << "a kernel on all SMs that takes no power";
  scene.link(1).nvlink_received_bytes_per_second = scene.link(1).nvlink_sent_bytes_per_second = 5e9;
  EXPECT_EQ(scene.rules(), "") << "an exchange is under way";
  scene.link(1).nvlink_received_bytes_per_second = Presence::unsupported;
  Progress moved;
  moved.wall_ns = scene.now.after.wall_ns - nanoseconds_per_second;
  scene.run().progress = moved;
  EXPECT_EQ(scene.rules(), "") << "its bar has just moved";
}

TEST(GpuRules, WhereLinksAreNotCountedThePowerHasToTell) {
  RanksOnGpus scene;
  for (const unsigned index : {0U, 1U}) {
    scene.gpu(index).memory_busy_percent = 0.0;
    scene.gpu(index).sm_active_percent = Presence::unsupported;
    scene.gpu(index).power_watts = 170.0;
    scene.link(index) = {};
  }
  EXPECT_EQ(scene.rules(), "collective-wait");
  scene.gpu(1).power_watts = 330.0;
  EXPECT_EQ(scene.rules(), "") << "it computes";
}

TEST(GpuRules, OneRankWaitsForThoseOnOtherHosts) {
  OnGpu scene;
  scene.run().members[0].role = Role::rank;
  scene.run().members[0].number = 3;
  scene.gpu().memory_busy_percent = 0.0;
  scene.gpu().sm_active_percent = 17.5;
  scene.gpu().power_watts = 125.0;
  scene.link().pcie_received_bytes_per_second = scene.link().pcie_sent_bytes_per_second = 1e6;
  scene.process(0).variables = RunVariables{"3", "0", "1", ""};
  EXPECT_EQ(scene.rules().find("collective-wait"), std::string::npos) << "it is alone: a kernel of its own";
  scene.process(0).variables = RunVariables{"3", "0", "30", ""};
  EXPECT_EQ(scene.first().rule, "collective-wait");
  EXPECT_EQ(scene.first().severity, Severity::warning);
}

TEST(GpuRules, AGpuThatIsHeldAndNotUsedIsSaidAfterALongLook) {
  Idle scene;
  EXPECT_EQ(scene.rules(), "gpu-idle");
  scene.frame.delta.elapsed_seconds = 4;
  EXPECT_EQ(scene.rules(), "");
  EXPECT_GT(scene.wanted, 0);
}

TEST(GpuRules, AProgramThatComputesAtItsStartIsOnlyNoted) {
  Idle scene;
  scene.rates(0).cpu_percent = 100;
  EXPECT_EQ(scene.first().severity, Severity::info);
  scene.process(0).id.start_ticks = 0;
  scene.now.before.boot_ns = scene.now.after.boot_ns = 700 * nanoseconds_per_second;
  EXPECT_EQ(scene.first().severity, Severity::warning);
}

TEST(GpuRules, ACheckpointAndAYoungProgramMayLeaveTheGpuIdle) {
  Idle writing;
  writing.rates(0).write_bytes_per_second = 200e6;
  EXPECT_EQ(writing.rules(), "");
  Idle young;
  young.process(0).id.start_ticks = 100 * 100 - 20 * 100;
  (*young.now.gpus)[0].clients = std::vector{GpuClient{.pid = 10, .memory_bytes = 40 * gib}};
  EXPECT_EQ(young.rules(), "");
}

TEST(GpuRules, OneLookInWhichItWorkedIsEnough) {
  Idle scene;
  scene.history(10, [](Snapshot& then, double second) { (*then.gpus)[0].busy_percent = second == -5 ? 60.0 : 0.0; });
  EXPECT_EQ(scene.rules(), "");
}

TEST(GpuRules, OldValuesOfADriverThatHangsSayNothing) {
  OnGpu scene;
  scene.gpu().sm_active_percent = 12.0;
  scene.now.gpus = std::vector{as_stale(scene.gpu(), 20)};
  EXPECT_EQ(scene.rules(), "");
}

}  // namespace
}  // namespace vigie::rules
