// Rules about GPUs at their edges: which card, whose memory, how long.
#include <gtest/gtest.h>

#include "model/xid.hpp"
#include "rules/gpu_scene_for_tests.hpp"

namespace vigie::rules {
namespace {

GpuSample second_of(const GpuSample& gpu) {
  GpuSample other = gpu;
  other.index = 1;
  other.uuid = "GPU-1";
  return other;
}

TEST(GpuIdleEdges, HowLongHowIdleHowOld) {
  const auto rules = [](void (*change)(Idle&)) {
    Idle scene;
    change(scene);
    scene.run().leader = scene.process(0).id;
    return scene.rules();
  };
  EXPECT_EQ(rules([](Idle& scene) { scene.frame.delta.elapsed_seconds = 10; }), "gpu-idle");
  EXPECT_EQ(rules([](Idle& scene) { scene.frame.delta.elapsed_seconds = 9.9; }), "");
  EXPECT_EQ(rules([](Idle& scene) { scene.gpu().busy_percent = 4.9; }), "gpu-idle");
  EXPECT_EQ(rules([](Idle& scene) { scene.gpu().busy_percent = 5.0; }), "");
  EXPECT_EQ(rules([](Idle& scene) { scene.gpu().busy_percent = Presence::denied; }), "");
  EXPECT_EQ(rules([](Idle& scene) { scene.process(0).id.start_ticks = 7000; }), "gpu-idle");
  EXPECT_EQ(rules([](Idle& scene) { scene.process(0).id.start_ticks = 7001; }), "");
  EXPECT_EQ(rules([](Idle& scene) { scene.rates(0).write_bytes_per_second = 0.9e6; }), "gpu-idle");
  EXPECT_EQ(rules([](Idle& scene) { scene.rates(0).write_bytes_per_second = 1e6; }), "") << "a checkpoint";
}

TEST(GpuIdleEdges, OneThatComputesAndOneThatHasOnlyBegun) {
  Idle scene;
  scene.rates(0).cpu_percent = 59.9;
  EXPECT_EQ(scene.first().severity, Severity::warning);
  EXPECT_NE(scene.first().causes.at(0).find("nothing to do"), std::string::npos);
  scene.rates(0).cpu_percent = 60;
  EXPECT_EQ(scene.first().severity, Severity::info);
  EXPECT_NE(scene.first().causes.at(0).find("computes on the CPU"), std::string::npos);
  const auto at_age = [&](std::int64_t seconds) {
    scene.process(0).id.start_ticks = 0;
    scene.run().leader = scene.process(0).id;
    scene.now.before.boot_ns = scene.now.after.boot_ns = seconds * nanoseconds_per_second;
    return scene.first().severity;
  };
  EXPECT_EQ(at_age(599), Severity::info);
  EXPECT_EQ(at_age(600), Severity::warning);
}

TEST(GpuIdleEdges, TwoCardsOfWhichAllHaveToBeIdle) {
  Idle scene;
  scene.gpu().busy_percent = 2.0;
  scene.now.gpus = std::vector{scene.gpu(), second_of(scene.gpu())};
  scene.frame.delta.gpu.gpus.emplace_back();
  (*scene.now.gpus)[1].busy_percent = 1.0;
  EXPECT_EQ(scene.first().summary, "holds GPUs 0,1 and does not use them");
  EXPECT_EQ(scene.first().evidence.at(0).text, "busy at most 2 % in any look of 12 s");
  (*scene.now.gpus)[1].busy_percent = 5.0;
  EXPECT_EQ(scene.rules(), "");
}

TEST(GpuHeldEdges, WhatTheRestOfARunHolds) {
  OnGpu scene;
  scene.run().state = RunState::exiting;
  scene.gpu().clients =
      std::vector{GpuClient{.pid = 10, .memory_bytes = 20 * gib}, GpuClient{.pid = 11, .memory_bytes = 2 * gib}};
  const Finding left = scene.first("host");
  EXPECT_EQ(left.rule, "gpu-memory-held");
  EXPECT_EQ(left.evidence.at(0).text,
            "20.0G by python3 (pid 10, left over by train), 2.0G by python3 (pid 11, left over by train)");
  EXPECT_EQ(left.evidence.at(0).value, 22.0 * gib);
  EXPECT_EQ(left.actions.at(0), "end it: vigie kill 10");
  scene.process(1).state = 'Z';
  EXPECT_EQ(scene.first("host").actions.at(0), "end the parent of the zombie: vigie tree 10");
  scene.frame.view.run_of = {-1, -1};
  EXPECT_EQ(scene.first("host").evidence.at(0).text, "2.0G by python3 (pid 11, a zombie)");
  scene.frame.view.run_of.clear();
  EXPECT_EQ(scene.first("host").evidence.at(0).text, "2.0G by python3 (pid 11, a zombie)");
  scene.gpu().age_seconds = 1;
  EXPECT_EQ(scene.rules("host"), "") << "who was on it last is old news";
}

TEST(GpuHeldEdges, AGhostIsThereInTwoLooksAndNoProcessIs) {
  const auto ghost = [](int looks, void (*then)(Snapshot&, double)) {
    OnGpu scene;
    see_everybody(scene);
    scene.gpu().clients = std::vector{GpuClient{.pid = 4711, .memory_bytes = gib}};
    scene.history(looks, then);
    return scene.rules("host");
  };
  EXPECT_EQ(ghost(1, [](Snapshot&, double) {}), "gpu-memory-held");
  EXPECT_EQ(ghost(2,
                  [](Snapshot& then, double second) {
                    if (second == -1) then.gpus = Presence::unknown;
                  }),
            "gpu-memory-held")
      << "a look that failed says nothing";
  EXPECT_EQ(ghost(2,
                  [](Snapshot& then, double second) {
                    if (second == -1) (*then.gpus)[0].clients = Presence::denied;
                  }),
            "gpu-memory-held");
  EXPECT_EQ(ghost(1, [](Snapshot& then, double) { (*then.gpus)[0].age_seconds = 1; }), "");
  EXPECT_EQ(ghost(1, [](Snapshot& then, double) { (*then.gpus)[0].uuid = "another"; }), "");
  EXPECT_EQ(ghost(1, [](Snapshot& then, double) { then.processes.back().id.pid = 4711; }), "") << "it was there";
  EXPECT_EQ(ghost(1, [](Snapshot& then, double) { then.processes.erase(then.processes.begin()); }), "")
      << "not everybody was seen";
  EXPECT_EQ(ghost(1, [](Snapshot& then, double) { then.processes.front().kernel_thread = false; }), "");
}

TEST(GpuHeldEdges, APidOfNobodyIsNoGhost) {
  OnGpu scene;
  see_everybody(scene);
  scene.gpu().clients = std::vector{GpuClient{.pid = 0, .memory_bytes = gib}};
  scene.history(3, [](Snapshot&, double) {});
  EXPECT_EQ(scene.rules("host"), "") << "a process of another namespace";
}

TEST(GpuHeldEdges, WhatNobodyClaimsOfAnIdleCard) {
  const auto rules = [](void (*change)(Idle&)) {
    Idle scene;
    see_everybody(scene);
    scene.gpu().memory_used_bytes = 3 * gib;
    scene.gpu().clients =
        std::vector{GpuClient{.pid = 10, .memory_bytes = gib}, GpuClient{.pid = 11, .memory_bytes = gib}};
    change(scene);
    return scene.rules("host");
  };
  EXPECT_EQ(rules([](Idle&) {}), "gpu-memory-held");
  EXPECT_EQ(rules([](Idle& scene) { scene.gpu().memory_used_bytes = 3 * gib - 1; }), "");
  EXPECT_EQ(rules([](Idle& scene) { (*scene.gpu().clients)[1].memory_bytes = Presence::denied; }), "");
  EXPECT_EQ(rules([](Idle& scene) { scene.gpu().memory_used_bytes = Presence::denied; }), "");
  EXPECT_EQ(rules([](Idle& scene) { scene.gpu().mig = true; }), "") << "each instance counts for itself";
  EXPECT_EQ(rules([](Idle& scene) { scene.gpu().busy_percent = 4.9; }), "gpu-memory-held");
  EXPECT_EQ(rules([](Idle& scene) { scene.gpu().busy_percent = 5.0; }), "");
}

TEST(ThrottleEdges, HalfOfTheLooksAndAPartOfTheClock) {
  const auto rules = [](double clock, double busy, int slowed) {
    OnGpu scene;
    scene.gpu().sm_clock_hertz = clock / 100 * 1980e6;
    scene.gpu().busy_percent = busy;
    scene.gpu().throttle = std::uint8_t{0};
    scene.gpu().sm_active_percent = 71.0;
    scene.history(3, [slowed](Snapshot& then, double second) {
      if (-second <= slowed) (*then.gpus)[0].throttle = static_cast<std::uint8_t>(Throttle::power_brake);
    });
    return scene.rules();
  };
  EXPECT_EQ(rules(89.9, 98, 2), "gpu-throttled");
  EXPECT_EQ(rules(89.9, 98, 1), "") << "in one of four looks";
  EXPECT_EQ(rules(90.1, 98, 2), "");
  EXPECT_EQ(rules(89.9, 40, 2), "gpu-throttled");
  EXPECT_EQ(rules(89.9, 39.9, 2), "") << "it has little to do";
}

TEST(ThrottleEdges, HeatIsToldFromWhatOnlyCallsItselfHot) {
  const auto hot = [](Throttle reason, Reading<double> celsius, Reading<double> memory) {
    OnGpu scene;
    scene.gpu().throttle = static_cast<std::uint8_t>(reason);
    scene.gpu().sm_clock_hertz = 400e6;
    scene.gpu().temperature_celsius = celsius;
    scene.gpu().memory_temperature_celsius = memory;
    return scene.first().actions.at(0).substr(0, 13);
  };
  EXPECT_EQ(hot(Throttle::thermal, 70.0, 84.0), "it is too hot") << "20 below its limit";
  EXPECT_EQ(hot(Throttle::thermal, 69.9, 84.0), "its own tempe");
  EXPECT_EQ(hot(Throttle::thermal, 69.9, 85.0), "it is too hot");
  EXPECT_EQ(hot(Throttle::thermal, Presence::denied, 84.0), "it is too hot");
  EXPECT_EQ(hot(Throttle::hot_hardware, 50.0, 50.0), "it is too hot");
  EXPECT_EQ(hot(Throttle::power_brake, 50.0, 50.0), "the host's po");
  EXPECT_EQ(hot(Throttle::hardware, 50.0, 50.0), "heat or power");
}

TEST(ThrottleEdges, TheEdgesOfPower) {
  const auto said = [](double watts, double limit, Reading<double> own, double clock, double busy = 98) {
    OnGpu scene;
    scene.gpu().power_watts = watts;
    scene.gpu().power_limit_watts = limit;
    scene.gpu().power_default_watts = own;
    scene.gpu().sm_clock_hertz = clock / 100 * 1980e6;
    scene.gpu().busy_percent = busy;
    const std::vector<Finding> found = scene.verdict();
    return found.empty() ? "" : found[0].causes.at(0).substr(0, 20);
  };
  EXPECT_EQ(said(85, 100, 200.0, 74.9), "its power limit was ");
  EXPECT_EQ(said(85, 100, 200.0, 75.1), "");
  EXPECT_EQ(said(84, 100, 200.0, 87.9), "the card gets less p");
  EXPECT_EQ(said(84, 100, 200.0, 88.1), "");
  EXPECT_EQ(said(84, 100, 200.0, 80, 80), "the card gets less p");
  EXPECT_EQ(said(84, 100, 200.0, 80, 79.9), "");
  EXPECT_EQ(said(95, 100, 125.0, 70), "") << "80 % of its own";
  EXPECT_EQ(said(95, 100, 125.1, 70), "its power limit was ");
  EXPECT_EQ(said(95, 100, 0.0, 54.9), "power cap") << "0 is none that was told";
  EXPECT_EQ(said(95, 100, 0.0, 55.1), "");
  EXPECT_EQ(said(150, 100, 100.0, 54.9), "its measurement of p");
  EXPECT_EQ(said(149, 100, 100.0, 54.9), "");
}

TEST(ThrottleEdges, ALimitThatIsMetInHalfOfTheLooks) {
  const auto rules = [](int capped, double watts) {
    OnGpu scene;
    scene.gpu().power_watts = watts;
    scene.gpu().power_limit_watts = 100;
    scene.gpu().power_default_watts = 200.0;
    scene.gpu().sm_clock_hertz = 0.5 * 1980e6;
    scene.gpu().throttle = std::uint8_t{0};
    scene.history(3, [capped](Snapshot& then, double second) {
      if (-second <= capped) (*then.gpus)[0].throttle = static_cast<std::uint8_t>(Throttle::power_cap);
    });
    return scene.rules();
  };
  EXPECT_EQ(rules(2, 95), "gpu-throttled");
  EXPECT_EQ(rules(1, 95), "");
  EXPECT_EQ(rules(2, 84), "") << "it takes less than it may";
}

TEST(CopyEdges, NarrowLinksAndFullOnes) {
  const auto rules = [](double bytes, double busy, unsigned width, unsigned generation, double active) {
    OnGpu scene;
    scene.gpu().busy_percent = busy;
    scene.gpu().pcie_width = width;
    scene.gpu().pcie_generation = generation;
    scene.gpu().sm_active_percent = active;
    scene.link().pcie_received_bytes_per_second = bytes;
    return scene.rules();
  };
  const double carries = 8 * 1969e6;
  EXPECT_EQ(rules(0.61 * carries, 98, 8, 4, 71), "copy-bound") << "worse than it could be, and full";
  EXPECT_EQ(rules(0.59 * carries, 98, 8, 4, 71), "");
  EXPECT_EQ(rules(0.61 * 16 * 3938e6, 98, 16, 5, 71), "") << "as good as it gets, beside kernels that run";
  EXPECT_EQ(rules(0.61 * 8 * 3938e6, 98, 8, 5, 71), "copy-bound");
  EXPECT_EQ(rules(0.61 * 16 * 1969e6, 98, 16, 4, 71), "copy-bound");
  EXPECT_EQ(rules(2e9, 79.9, 16, 5, 49.9), "copy-bound");
  EXPECT_EQ(rules(2e9, 80, 16, 5, 49.9), "");
  EXPECT_EQ(rules(2e9, 79.9, 16, 5, 50.1), "");
}

TEST(CopyEdges, WhereSmsAreNotCountedKernelsTell) {
  OnGpu scene;
  scene.gpu().sm_active_percent = Presence::unsupported;
  scene.gpu().busy_percent = 49.0;
  scene.link().pcie_received_bytes_per_second = 3e9;
  EXPECT_EQ(scene.rules(), "copy-bound");
  EXPECT_EQ(scene.first().evidence.at(1).text, "its kernels run 49 % of the time");
  EXPECT_DOUBLE_EQ(*scene.first().share_percent, 51);
  scene.gpu().busy_percent = 51.0;
  EXPECT_EQ(scene.rules(), "");
}

TEST(LaunchEdges, LittleInEveryLookByOneBusyThread) {
  const auto rules = [](double once, void (*change)(OnGpu&)) {
    OnGpu scene;
    scene.gpu().sm_active_percent = 12.0;
    change(scene);
    scene.history(2, [once](Snapshot& then, double second) {
      if (second == -1) (*then.gpus)[0].sm_active_percent = once;
    });
    return scene.rules();
  };
  EXPECT_EQ(rules(39.9, [](OnGpu&) {}), "launch-bound");
  EXPECT_EQ(rules(40.1, [](OnGpu&) {}), "");
  EXPECT_EQ(rules(12, [](OnGpu& scene) { (*scene.gpu().clients)[0].pid = 11; }), "") << "its worker does not launch";
  EXPECT_EQ(rules(12, [](OnGpu& scene) { scene.gpu().clients = Presence::denied; }), "");
  EXPECT_EQ(rules(12,
                  [](OnGpu& scene) {
                    scene.run().members[0].role = Role::rank;
                    scene.gpu().memory_busy_percent = 1.0;
                  }),
            "launch-bound");
  EXPECT_EQ(rules(12,
                  [](OnGpu& scene) {
                    scene.run().members[0].role = Role::rank;
                    scene.gpu().memory_busy_percent = 0.9;
                  }),
            "")
      << "it may wait for other ranks";
  EXPECT_EQ(rules(12, [](OnGpu& scene) { scene.gpu().memory_busy_percent = 0.9; }), "launch-bound");
}

TEST(LaunchEdges, PowerWhereSmsAreNotCounted) {
  const auto rules = [](double watts, double busy, double memory) {
    OnGpu scene;
    scene.gpu().sm_active_percent = Presence::unsupported;
    scene.gpu().power_watts = watts;
    scene.gpu().busy_percent = busy;
    scene.gpu().memory_busy_percent = memory;
    scene.gpu().throttle = std::uint8_t{0};
    return scene.rules();
  };
  EXPECT_EQ(rules(279, 80, 2), "launch-bound");
  EXPECT_EQ(rules(280, 80, 2), "");
  EXPECT_EQ(rules(279, 79.9, 2), "");
  EXPECT_EQ(rules(279, 80, 1.9), "");
}

TEST(LaunchEdges, TheBusiestOfItsProcessesIsNamed) {
  OnGpu scene;
  scene.gpu().sm_active_percent = 12.0;
  scene.gpu().clients = std::vector{GpuClient{.pid = 10}, GpuClient{.pid = 11}};
  scene.rates(1).cpu_percent = 100;
  EXPECT_NE(scene.first().evidence.at(2).text.find("pid 10"), std::string::npos) << "the first of equals";
  scene.rates(1).cpu_percent = 101;
  EXPECT_NE(scene.first().evidence.at(2).text.find("pid 11"), std::string::npos);
}

TEST(LaunchEdges, AMemberThatIsNotOnTheGpuIsNoReasonToLookNoFurther) {
  OnGpu scene;
  scene.gpu().sm_active_percent = 12.0;
  scene.gpu().clients = std::vector{GpuClient{.pid = 11}};
  scene.rates(1).cpu_percent = 100;
  EXPECT_EQ(scene.rules(), "launch-bound");
}

TEST(LaunchEdges, TheSecondCardIsLookedAtToo) {
  OnGpu scene;
  scene.gpu().sm_active_percent = 12.0;
  scene.now.gpus = std::vector{scene.gpu(), second_of(scene.gpu())};
  (*scene.now.gpus)[1].clients = std::vector{GpuClient{.pid = 11}};
  scene.frame.delta.gpu.gpus.emplace_back();
  scene.rates(0).cpu_percent = 20;
  scene.rates(1).cpu_percent = 100;
  ASSERT_EQ(scene.rules(), "launch-bound");
  EXPECT_NE(scene.first().summary.find("GPU 1"), std::string::npos);
}

TEST(GpuErrorEdges, OfEquallyBadCardsTheFirst) {
  OnGpu scene;
  GpuSample other = second_of(scene.gpu());
  other.remap_pending = true;
  scene.gpu().remap_pending = true;
  scene.now.gpus = std::vector{scene.gpu(), other};
  EXPECT_NE(scene.first("host").summary.find("GPU 0"), std::string::npos);
  (*scene.now.gpus)[0].xid = 45U;
  EXPECT_EQ(scene.first("host").evidence.size(), 3U) << "both of the first, and that of the other";
}

TEST(GpuErrorEdges, WhatCameWithAnXid) {
  const auto text = [](std::vector<unsigned> numbers) {
    OnGpu scene;
    scene.gpu().xid = leading_xid(numbers);
    scene.gpu().xids = std::move(numbers);
    return scene.first().evidence.at(0).text;
  };
  EXPECT_EQ(text({31}).find("with it came"), std::string::npos);
  EXPECT_NE(text({31, 45, 109}).find("; with it came Xid 45, 109"), std::string::npos) << text({31, 45, 109});
}

TEST(GpuErrorEdges, TheEdgeOfAProgramThatComputesOn) {
  OnGpu scene;
  scene.gpu().xid = 31U;
  scene.gpu().busy_percent = 40.0;
  EXPECT_EQ(scene.first().severity, Severity::warning);
  scene.gpu().busy_percent = 39.9;
  EXPECT_EQ(scene.first().severity, Severity::critical);
  scene.gpu().busy_percent = 40.0;
  scene.gpu().recovery = GpuRecovery::reset;
  EXPECT_EQ(scene.first().severity, Severity::critical) << "the driver asks for a reset";
}

TEST(GpuErrorEdges, RowsThatWereReplacedAndOnesThatWaitForIt) {
  const auto severity = [](void (*change)(GpuSample&)) {
    OnGpu scene;
    scene.gpu().ecc_uncorrected = 1;
    scene.gpu().remapped_rows = 1;
    scene.gpu().remap_pending = scene.gpu().remap_failed = false;
    change(scene.gpu());
    return scene.first().severity;
  };
  EXPECT_EQ(severity([](GpuSample&) {}), Severity::info);
  EXPECT_EQ(severity([](GpuSample& gpu) { gpu.remapped_rows = 0; }), Severity::warning);
  EXPECT_EQ(severity([](GpuSample& gpu) { gpu.remap_pending = Presence::unsupported; }), Severity::warning);
  EXPECT_EQ(severity([](GpuSample& gpu) { gpu.remap_failed = Presence::unsupported; }), Severity::warning);
  EXPECT_EQ(severity([](GpuSample& gpu) { gpu.remap_pending = true; }), Severity::warning);
  EXPECT_EQ(severity([](GpuSample& gpu) { gpu.recovery = GpuRecovery::none; }), Severity::info);
  EXPECT_EQ(severity([](GpuSample& gpu) { gpu.recovery = GpuRecovery::reset; }), Severity::critical);
}

}  // namespace
}  // namespace vigie::rules
