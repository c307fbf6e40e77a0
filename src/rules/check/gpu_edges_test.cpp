// The checklist's items about GPUs at their edges.
#include <gtest/gtest.h>

#include <utility>

#include "rules/check/checked_gpus_for_tests.hpp"

namespace vigie::rules {
namespace {

TEST(CheckGpuEdges, TheEdgesOfHeatAndPower) {
  const auto status = [](std::string_view id, void (*set)(GpuSample& gpu, double value), double value) {
    Gpus scene;
    set(scene.gpu(), value);
    for (const CheckItem& item : scene.items()) {
      if (item.id == id) return item.status;
    }
    return CheckStatus::unknown;
  };
  const auto heat = [](GpuSample& gpu, double celsius) { gpu.temperature_celsius = celsius; };
  EXPECT_EQ(status("gpu.temperature", heat, 86.9), CheckStatus::ok);
  EXPECT_EQ(status("gpu.temperature", heat, 87), CheckStatus::warning) << "3 below where it slows down";
  EXPECT_EQ(status("gpu.temperature", heat, 90), CheckStatus::critical);
  const auto power = [](GpuSample& gpu, double watts) { gpu.power_watts = watts; };
  EXPECT_EQ(status("gpu.power", power, 1049), CheckStatus::ok);
  EXPECT_EQ(status("gpu.power", power, 1050), CheckStatus::warning) << "half more than it may take";
}

TEST(CheckGpuEdges, WhatStandsBesideTheNumbers) {
  Gpus scene;
  scene.now.gpus = std::vector{scene.gpu()};
  EXPECT_EQ(scene.said("gpu.clock"), "the power limit holds it down, and it takes far less");
  scene.before = [](Snapshot& then) { (*then.gpus)[0].busy_percent = 20.0; };
  scene.gpu().memory_temperature_celsius = 70.0;
  EXPECT_EQ(scene.said("gpu.temperature"), "it slows itself down at 90 C; its memory has 70 C");
  scene.gpu().power_default_watts = 700.0;
  EXPECT_EQ(scene.said("gpu.power"), "520 W of 700 W");
  scene.gpu().power_default_watts = 800.0;
  EXPECT_EQ(scene.said("gpu.power"), "520 W of 700 W, a limit that was lowered from 800 W");
  EXPECT_EQ(scene.said("gpu.busy"), "time in which some kernel ran; its SMs were active 71 %");
  EXPECT_EQ(scene.said("gpu.clock"), "at its power limit, as every card that works hard");
  scene.gpu().throttle = std::uint8_t{0};
  EXPECT_EQ(scene.said("gpu.clock"), "no fault holds its clocks down, as its driver says; they may be set so");
  scene.gpu().busy_percent = 39.0;
  EXPECT_EQ(scene.said("gpu.clock"), "it has little to do");
  scene.gpu().clients = std::vector<GpuClient>();
  EXPECT_EQ(scene.advice("gpu.busy"), "") << "nobody is on it";
}

TEST(CheckGpuEdges, AValueWithoutItsWholeIsNotKnown) {
  Gpus scene;
  const auto presence = [&](std::string_view id) {
    for (const CheckItem& item : scene.items()) {
      if (item.id == id) return std::string(name_of(item.value.presence()));
    }
    return std::string("left out");
  };
  scene.now.gpus = std::vector{scene.gpu()};
  scene.gpu().power_limit_watts = 0.0;
  EXPECT_EQ(presence("gpu.power"), name_of(Presence::unknown));
  scene.gpu().power_limit_watts = Presence::unsupported;
  EXPECT_EQ(presence("gpu.power"), "left out") << "no GPU tells it";
  scene.gpu().power_watts = Presence::denied;
  EXPECT_EQ(presence("gpu.power"), name_of(Presence::denied));
  scene.gpu().sm_clock_max_hertz = Presence::unsupported;
  EXPECT_EQ(presence("gpu.clock"), "left out");
}

TEST(CheckGpuEdges, TheEdgesOfClocksThatAreHeldDown) {
  Gpus scene;
  scene.now.gpus = std::vector{scene.gpu()};
  scene.gpu().throttle = static_cast<std::uint8_t>(Throttle::thermal);
  scene.gpu().sm_clock_hertz = 0.9 * 1980e6;
  EXPECT_EQ(scene.rows("gpu.clock"), "ok GPU 0");
  scene.gpu().sm_clock_hertz = 0.899 * 1980e6;
  EXPECT_EQ(scene.rows("gpu.clock"), "warning GPU 0");
  scene.gpu().busy_percent = 40.0;
  EXPECT_EQ(scene.rows("gpu.clock"), "warning GPU 0");
  scene.gpu().busy_percent = 39.9;
  EXPECT_EQ(scene.rows("gpu.clock"), "ok GPU 0") << "an idle GPU has low clocks";
  scene.gpu().throttle = static_cast<std::uint8_t>(Throttle::power_cap);
  scene.gpu().sm_clock_hertz = 0.879 * 1980e6;
  scene.gpu().power_watts = 594.0;
  scene.gpu().busy_percent = 80.0;
  EXPECT_EQ(scene.rows("gpu.clock"), "warning GPU 0") << "it is not given its power";
  scene.gpu().sm_clock_hertz = 0.88 * 1980e6;
  EXPECT_EQ(scene.rows("gpu.clock"), "ok GPU 0");
  scene.gpu().sm_clock_hertz = 0.5 * 1980e6;
  scene.gpu().power_watts = 595.0;
  EXPECT_EQ(scene.rows("gpu.clock"), "ok GPU 0") << "85 % of the limit is a limit that is met";
  scene.gpu().power_watts = 400.0;
  scene.gpu().busy_percent = 79.9;
  EXPECT_EQ(scene.rows("gpu.clock"), "ok GPU 0") << "power is an average";
  scene.gpu().busy_percent = 80.0;
  scene.before = [](Snapshot& then) { (*then.gpus)[0].throttle = std::uint8_t{0}; };
  EXPECT_EQ(scene.rows("gpu.clock"), "ok GPU 0") << "it was not at the limit in both looks";
  scene.before = [](Snapshot& then) { then.gpus = Presence::unknown; };
  EXPECT_EQ(scene.rows("gpu.clock"), "ok GPU 0");
}

TEST(CheckGpuEdges, TheLookBeforeIsThatOfTheSameCard) {
  Gpus scene;
  scene.gpu(1).memory_used_bytes = 100 * gib;
  scene.frame.delta.elapsed_seconds = 30;
  scene.before = [](Snapshot& then) { std::swap((*then.gpus)[0], (*then.gpus)[1]); };
  EXPECT_EQ(scene.rows("gpu.memory"), "ok GPU 1") << "neither grew";
}

TEST(CheckGpuEdges, TheEdgesOfMemoryThatGrows) {
  const auto with = [](std::uint64_t mebibytes, double seconds, std::uint64_t left_mebibytes) {
    Gpus scene;
    scene.gpu().memory_used_bytes = 141 * gib - (left_mebibytes << 20);
    scene.frame.delta.elapsed_seconds = seconds;
    scene.before = [mebibytes](Snapshot& then) {
      (*then.gpus)[0].memory_used_bytes = *(*then.gpus)[0].memory_used_bytes - (mebibytes << 20);
    };
    return scene.rows("gpu.memory");
  };
  EXPECT_EQ(with(4, 10, 239), "warning GPU 0") << "in 597 s";
  EXPECT_EQ(with(4, 10, 240), "ok GPU 0") << "ten minutes are enough";
  EXPECT_EQ(with(3, 10, 10), "ok GPU 0") << "rounding";
  EXPECT_EQ(with(4, 9.9, 10), "ok GPU 0") << "too short a look";
}

TEST(CheckGpuEdges, TheEdgesOfALink) {
  Gpus scene;
  scene.now.gpus = std::vector{scene.gpu()};
  scene.gpu().pcie_width = 8U;
  scene.link() = {};
  EXPECT_EQ(scene.rows("gpu.link"), "ok GPU 0") << "half of its lanes at all of its speed";
  scene.gpu().pcie_width = 4U;
  EXPECT_EQ(scene.rows("gpu.link"), "warning GPU 0");
  EXPECT_NE(scene.advice("gpu.link").find("lanes are lost"), std::string::npos);
  scene.gpu().pcie_width = 8U;
  scene.gpu().pcie_generation = 4U;
  EXPECT_EQ(scene.rows("gpu.link"), "warning GPU 0");
  const double carries = 8 * 1969e6;
  scene.link().pcie_sent_bytes_per_second = 0.11 * carries;
  EXPECT_EQ(scene.rows("gpu.link"), "warning GPU 0") << "either way";
  EXPECT_NE(scene.advice("gpu.link").find("PCIe generation 4 x8 of 5 x16, 11 % of it used"), std::string::npos)
      << scene.advice("gpu.link");
  scene.link().pcie_sent_bytes_per_second = 0.09 * carries;
  EXPECT_EQ(scene.rows("gpu.link"), "ok GPU 0") << "hardly used";
  scene.gpu().pcie_width = 16U;
  scene.link().pcie_sent_bytes_per_second = 20e9;
  EXPECT_EQ(scene.advice("gpu.link").find("lanes are lost"), std::string::npos);
  scene.gpu().pcie_width = 0U;
  EXPECT_EQ(scene.said("gpu.link").substr(0, 31), "PCIe generation 4 x0 of 5 x16; ") << "of nothing there is no part";
  scene.gpu().pcie_width = 16U;
  scene.gpu().busy_percent = 39.0;
  EXPECT_EQ(scene.rows("gpu.link"), "ok GPU 0");
  scene.gpu().memory_total_bytes = Presence::unsupported;
  EXPECT_EQ(scene.rows("gpu.link"), "") << "it shares the host's memory";
}

TEST(CheckGpuEdges, TheEdgesOfMemoryThatIsHeld) {
  Gpus scene;
  scene.gpu(1).busy_percent = 4.9;
  scene.rates(2).cpu_percent = 0.9;
  EXPECT_EQ(scene.rows("gpu.held"), "warning GPU 1");
  scene.rates(2).cpu_percent = 1.0;
  EXPECT_EQ(scene.rows("gpu.held"), "ok GPU 0") << "it does something";
  scene.frame.delta.elapsed_seconds = 10;
  EXPECT_EQ(scene.rows("gpu.held"), "warning GPU 1") << "but nothing on the GPU, for ten seconds";
  scene.gpu(1).busy_percent = 5.0;
  EXPECT_EQ(scene.rows("gpu.held"), "ok GPU 0");
  scene.gpu(1).busy_percent = 0.0;
  scene.before = [](Snapshot& then) { (*then.gpus)[1].busy_percent = 5.0; };
  EXPECT_EQ(scene.rows("gpu.held"), "ok GPU 0") << "it worked in the look before";
  scene.before = nullptr;
  scene.now.processes[2].id.start_ticks = 7000;
  EXPECT_EQ(scene.rows("gpu.held"), "warning GPU 1") << "30 s old";
  scene.now.processes[2].id.start_ticks = 7001;
  EXPECT_EQ(scene.rows("gpu.held"), "ok GPU 0") << "it has only begun";
  scene.now.processes[2].state = 'Z';
  EXPECT_EQ(scene.rows("gpu.held"), "warning GPU 1");
  scene.gpu(1).busy_percent = 90.0;
  EXPECT_EQ(scene.said("gpu.held"),
            "held by serve (pid 30, a zombie); and nothing is done with it: vigie why says more, vigie stop "
            "frees it")
      << "whatever others do there";
  (*scene.gpu(1).clients)[0].memory_bytes = gib - 1;
  EXPECT_EQ(scene.rows("gpu.held"), "ok GPU 1") << "a context";
  (*scene.gpu(1).clients)[0].memory_bytes = gib;
  EXPECT_EQ(scene.rows("gpu.held"), "warning GPU 1");
  (*scene.gpu(1).clients)[0].work = GpuWork::graphics;
  EXPECT_EQ(scene.rows("gpu.held"), "ok GPU 0") << "a screen";
}

TEST(CheckGpuEdges, AZombieBehindOneThatWorksIsSeen) {
  Gpus scene;
  scene.process(1).state = 'Z';
  scene.gpu(0).clients = std::vector{GpuClient{.pid = 4711}, GpuClient{.pid = 10, .memory_bytes = 20 * gib},
                                     GpuClient{.pid = 11, .memory_bytes = 20 * gib}};
  EXPECT_EQ(scene.rows("gpu.held"), "warning GPU 0");
  EXPECT_EQ(scene.said("gpu.held").find("held by python3 (pid 11, a zombie);"), 0U) << scene.said("gpu.held");
}

TEST(CheckGpuEdges, ARunThatWorksHoldsItsMemoryForThatWork) {
  Gpus scene;
  scene.gpu(0).busy_percent = 0.0;
  scene.rates(0).cpu_percent = 0;
  scene.rates(1).cpu_percent = 1;
  EXPECT_EQ(scene.rows("gpu.held"), "ok GPU 0") << "its loader works";
  scene.rates(1).cpu_percent = 0;
  EXPECT_EQ(scene.rows("gpu.held"), "warning GPU 0");
  scene.frame.delta.processes.clear();
  EXPECT_EQ(scene.rows("gpu.held"), "warning GPU 0");
}

TEST(CheckGpuEdges, CardsThatAreNotOursOrNotToBeWokenAreLeftOut) {
  Gpus scene;
  for (const GpuState state : {GpuState::denied, GpuState::asleep}) {
    scene.gpu(0).state = state;
    EXPECT_EQ(scene.rows("gpu.errors"), "ok GPU 1");
  }
  scene.gpu(0) = as_stale(scene.gpu(0), 20);
  scene.gpu(0).state = GpuState::working;
  EXPECT_EQ(scene.rows("gpu.busy"), "ok GPU 1") << "old values say nothing";
}

TEST(CheckGpuEdges, ARunMayBeOnABrokenGpuThatHidesWhoIsOnIt) {
  Gpus scene;
  scene.gpu(0).clients = std::vector<GpuClient>();
  scene.gpu(1) = without_values(scene.gpu(1), Presence::unknown);
  scene.gpu(1).state = GpuState::needs_reset;
  scene.gpu(1).clients = Presence::unknown;
  EXPECT_EQ(scene.rows("gpu.errors", {.processes = {0, 1}}), "critical GPU 1");
  EXPECT_EQ(scene.rows("gpu.errors", {.processes = {0}}), "critical GPU 1");
  EXPECT_EQ(scene.rows("gpu.errors", {.processes = {2}}), "") << "of no run";
  scene.frame.view.run_of.resize(2);
  EXPECT_EQ(scene.rows("gpu.errors", {.processes = {2}}), "") << "of no run yet";
  scene.gpu(0).clients = std::vector{GpuClient{.pid = 10}};
  EXPECT_EQ(scene.rows("gpu.errors", {.processes = {0, 1}}), "ok GPU 0") << "it is on another";
}

TEST(CheckGpuEdges, OfThoseThatAreWellTheNearestToTrouble) {
  Gpus scene;
  scene.gpu(1).temperature_celsius = 62.0;
  scene.gpu(1).sm_clock_hertz = 1700e6;
  scene.gpu(1).power_watts = 699.0;
  scene.gpu(1).busy_percent = 97.0;
  for (const char* id : {"gpu.temperature", "gpu.clock", "gpu.busy"}) EXPECT_EQ(scene.rows(id), "ok GPU 1") << id;
  scene.gpu(0).temperature_celsius = Presence::denied;
  EXPECT_EQ(scene.rows("gpu.temperature"), "unknown may n")
      << "what is not known may be trouble: " << scene.advice("gpu.temperature");
}

TEST(CheckGpuEdges, WhatIsOnlyNotedIsNoErrorThatCounts) {
  Gpus scene;
  scene.now.gpus = std::vector{scene.gpu()};
  scene.gpu().xid = 45U;
  EXPECT_EQ(scene.rows("gpu.errors"), "ok GPU 0") << "a program was killed";
  scene.gpu().ecc_uncorrected = 2;
  EXPECT_EQ(scene.rows("gpu.errors"), "warning GPU 0");
}

TEST(CheckGpuEdges, ADriverThatIsDeniedOrOldAndAProcessOfNoRun) {
  Gpus scene;
  scene.now.gpus = Presence::denied;
  scene.now.sources.push_back(
      {.name = "gpu", .state = SourceState::denied, .reason = "no right", .duration_seconds = 0});
  ASSERT_EQ(scene.items().size(), 1U);
  EXPECT_EQ(scene.items()[0].value.presence(), Presence::denied);
  EXPECT_EQ(scene.advice("gpu.driver"), "the GPUs could not be asked: no right");
  EXPECT_EQ(scene.items({.processes = {1}}).size(), 1U);
  EXPECT_TRUE(scene.items({.processes = {2}}).empty()) << "whether it is on one is not known";
  scene.frame.view.run_of.resize(2);
  EXPECT_TRUE(scene.items({.processes = {2}}).empty());
  Gpus old;
  old.gpu(1).age_seconds = 6;
  old.now.sources.push_back({.name = "gpu", .state = SourceState::late, .reason = "6 s", .duration_seconds = 0.5});
  EXPECT_EQ(old.advice("gpu.driver"), "the GPUs could not be asked: what is known is old: 6 s");
}

}  // namespace
}  // namespace vigie::rules
