#include <gtest/gtest.h>

#include "rules/scene_for_tests.hpp"

namespace vigie {
namespace {

constexpr std::uint64_t gib = std::uint64_t{1} << 30;

/// A training that uses its GPU well.
struct OnGpu : Scene {
  OnGpu() : Scene({Role::trainer, Role::loader_worker}) {
    GpuSample gpu;
    gpu.name = "NVIDIA H200";
    gpu.uuid = "GPU-0";
    gpu.memory_total_bytes = 141 * gib;
    gpu.memory_used_bytes = 41 * gib;
    gpu.busy_percent = 98.0;
    gpu.sm_active_percent = 71.0;
    gpu.power_watts = 520.0;
    gpu.power_limit_watts = 700.0;
    gpu.sm_clock_hertz = 1755e6;
    gpu.sm_clock_max_hertz = 1980e6;
    gpu.throttle = static_cast<std::uint8_t>(Throttle::power_cap);
    gpu.temperature_celsius = 61.0;
    gpu.slowdown_celsius = 90.0;
    gpu.pcie_generation = gpu.pcie_generation_max = 5U;
    gpu.pcie_width = gpu.pcie_width_max = 16U;
    gpu.ecc_uncorrected = 0;
    gpu.clients = std::vector{GpuClient{.pid = 10, .memory_bytes = 40 * gib}};
    now.gpus = std::vector{gpu};
    frame.delta.gpu.gpus.emplace_back();
    link().pcie_received_bytes_per_second = 80e6;
    link().pcie_sent_bytes_per_second = 4e6;
    // CUDA waits for the device in a loop: a busy thread proves nothing.
    rates(0).cpu_percent = 100;
    rates(0).states = shares(1, 0, 1);
    rates(1).states = shares(0.1, 0.9, 0);
  }

  GpuSample& gpu() { return (*now.gpus)[0]; }
  GpuRates& link() { return frame.delta.gpu.gpus[0]; }
  Finding first(std::string_view subject = "train") {
    for (Finding& finding : verdict()) {
      if (finding.subject == subject) return finding;
    }
    return {};
  }
};

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

TEST(GpuRules, WhereSmsAreNotCountedThePowerTells) {
  OnGpu scene;
  scene.gpu().sm_active_percent = Presence::unsupported;
  EXPECT_EQ(scene.rules(), "");
  scene.gpu().power_watts = 210.0;
  EXPECT_EQ(scene.rules(), "launch-bound");
  scene.gpu().power_watts = Presence::unsupported;
  EXPECT_EQ(scene.rules(), "") << "nothing is known of what it does";
}

TEST(GpuRules, MuchOverTheLinkBesideIdleSmsIsCopyBound) {
  OnGpu scene;
  scene.link().pcie_received_bytes_per_second = 6e9;
  EXPECT_EQ(scene.rules(), "") << "the SMs have work all the same";
  scene.gpu().sm_active_percent = 35.0;
  EXPECT_EQ(scene.rules(), "copy-bound");
  EXPECT_NE(scene.first().actions[0].find("pin_memory"), std::string::npos);
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

TEST(GpuRules, HeatHoldsTheClocksDownAndIsNamed) {
  OnGpu scene;
  scene.gpu().throttle = static_cast<std::uint8_t>(Throttle::thermal);
  EXPECT_EQ(scene.rules(), "gpu-throttled") << "89 % of the highest clock, too hot";
  scene.gpu().sm_clock_hertz = 1900e6;
  EXPECT_EQ(scene.rules(), "");
  scene.gpu().sm_clock_hertz = 900e6;
  const Finding finding = scene.first();
  EXPECT_NE(finding.summary.find("thermal"), std::string::npos);
  EXPECT_NE(finding.actions[0].find("hot"), std::string::npos);
}

TEST(GpuRules, APowerLimitThatIsSetLowIsSaid) {
  OnGpu scene;
  scene.gpu().sm_clock_hertz = 1200e6;
  EXPECT_EQ(scene.rules(), "gpu-throttled");
  scene.gpu().busy_percent = 3.0;
  EXPECT_EQ(scene.rules().find("gpu-throttled"), std::string::npos) << "an idle GPU has low clocks";
}

TEST(GpuRules, AnXidIsExplainedToTheRunAndToTheHost) {
  OnGpu scene;
  scene.gpu().xid = 31U;
  EXPECT_EQ(scene.rules(), "gpu-error");
  EXPECT_EQ(scene.rules("host"), "gpu-error");
  EXPECT_NE(scene.first().actions[0].find("compute-sanitizer"), std::string::npos);
  scene.gpu().xid = 79U;
  EXPECT_NE(scene.first().evidence[0].text.find("fell off the bus"), std::string::npos);
}

TEST(GpuRules, WhatTheDriverWantsDoneIsAnError) {
  OnGpu scene;
  scene.gpu().recovery = GpuRecovery::none;
  EXPECT_EQ(scene.rules(), "");
  scene.gpu().recovery = GpuRecovery::drain_and_reset;
  EXPECT_EQ(scene.rules(), "gpu-error");
  EXPECT_NE(scene.first().evidence[0].text.find("drain and reset"), std::string::npos);
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
    scene.link(index).pcie_received_bytes_per_second = 20e3;
  }
  EXPECT_EQ(scene.rules(), "collective-wait");
  scene.link(1).nvlink_received_bytes_per_second = scene.link(1).nvlink_sent_bytes_per_second = 5e9;
  EXPECT_EQ(scene.rules(), "") << "an exchange is under way";
  scene.link(1).nvlink_received_bytes_per_second = Presence::unsupported;
  Progress moved;
  moved.wall_ns = scene.now.after.wall_ns - nanoseconds_per_second;
  scene.run().progress = moved;
  EXPECT_EQ(scene.rules(), "") << "its bar has just moved";
}

TEST(GpuRules, ALostGpuIsAnErrorOfThoseOnItAlone) {
  OnGpu scene;
  GpuSample other = without_values(scene.gpu(), Presence::unknown);
  other.index = 1;
  other.uuid = "GPU-1";
  other.state = GpuState::lost;
  scene.now.gpus = std::vector{scene.gpu(), other};
  EXPECT_EQ(scene.rules(), "");
  EXPECT_EQ(scene.rules("host"), "gpu-error");
}

TEST(GpuRules, ErrorsOfMemoryAreTold) {
  OnGpu scene;
  scene.gpu().ecc_uncorrected = 2;
  EXPECT_EQ(scene.rules(), "gpu-error");
  scene.gpu().ecc_uncorrected = 0;
  scene.gpu().remap_pending = true;
  EXPECT_EQ(scene.rules(), "gpu-error");
}

/// Nothing going on, watched for 12 s.
struct Idle : OnGpu {
  Idle() {
    gpu().busy_percent = 0.0;
    gpu().sm_active_percent = 0.0;
    gpu().throttle = std::uint8_t{0};
    rates(0).cpu_percent = 1;
    rates(0).states = shares(0, 1, 0);
    rates(1).states = shares(0, 1, 0);
    run().members.pop_back();
    link() = {};
    frame.delta.elapsed_seconds = 12;
  }
};

TEST(GpuRules, AGpuThatIsHeldAndNotUsedIsSaidAfterALongLook) {
  Idle scene;
  EXPECT_EQ(scene.rules(), "gpu-idle");
  scene.frame.delta.elapsed_seconds = 4;
  EXPECT_EQ(scene.rules(), "");
  EXPECT_GT(scene.wanted, 0);
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

TEST(GpuRules, MemoryOfAZombieIsNamed) {
  OnGpu scene;
  scene.process(1).state = 'Z';
  scene.gpu().clients =
      std::vector{GpuClient{.pid = 10, .memory_bytes = 20 * gib}, GpuClient{.pid = 11, .memory_bytes = 20 * gib}};
  EXPECT_EQ(scene.rules("host"), "gpu-memory-held");
  EXPECT_NE(scene.first("host").evidence[0].text.find("pid 11, a zombie"), std::string::npos);
}

TEST(GpuRules, MemoryOfNobodyIsSaidWhenTheGpuIsIdle) {
  Idle scene;
  scene.gpu().clients = std::vector<GpuClient>();
  EXPECT_EQ(scene.rules("host"), "gpu-memory-held");
  scene.gpu().busy_percent = 90.0;
  EXPECT_EQ(scene.rules("host"), "") << "somebody in another container uses it";
  scene.gpu().busy_percent = 0.0;
  scene.gpu().memory_used_bytes = gib / 2;
  EXPECT_EQ(scene.rules("host"), "") << "the driver's own";
  scene.gpu().memory_used_bytes = 41 * gib;
  scene.gpu().clients = Presence::denied;
  EXPECT_EQ(scene.rules("host"), "") << "who is on it is not known";
}

TEST(GpuRules, OldValuesOfADriverThatHangsSayNothing) {
  OnGpu scene;
  scene.gpu().sm_active_percent = 12.0;
  scene.now.gpus = std::vector{as_stale(scene.gpu(), 20)};
  EXPECT_EQ(scene.rules(), "");
}

}  // namespace
}  // namespace vigie
