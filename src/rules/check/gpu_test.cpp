#include <gtest/gtest.h>

#include "rules/check/checked_gpus_for_tests.hpp"

namespace vigie::rules {
namespace {

TEST(CheckGpu, WhereNoneIsNothingIsSaid) {
  Gpus scene;
  scene.now.gpus = Presence::unsupported;
  EXPECT_TRUE(scene.items().empty());
  scene.now.gpus = std::vector<GpuSample>();
  EXPECT_TRUE(scene.items().empty());
}

TEST(CheckGpu, CardsThatWorkHardAreOkWithOneRowForEachItem) {
  Gpus scene;
  const std::vector<CheckItem> items = scene.items();
  EXPECT_EQ(items.size(), 8U);
  for (const CheckItem& item : items) EXPECT_EQ(item.status, CheckStatus::ok) << item.id << ": " << item.advice;
}

TEST(CheckGpu, TheWorstGpuIsFirstAndThoseThatAreWellAreLeftOut) {
  Gpus scene;
  scene.gpu(0).temperature_celsius = 88.0;
  scene.gpu(1).temperature_celsius = 91.0;
  EXPECT_EQ(scene.rows("gpu.temperature"), "critical GPU 1, warning GPU 0");
  scene.gpu(1).temperature_celsius = 60.0;
  EXPECT_EQ(scene.rows("gpu.temperature"), "warning GPU 0");
  scene.gpu(0).slowdown_celsius = Presence::unsupported;
  EXPECT_EQ(scene.rows("gpu.temperature"), "ok GPU 0") << "the usual limit is higher";
}

TEST(CheckGpu, ATargetHasItsOwnGpusAlone) {
  Gpus scene;
  scene.gpu(1).temperature_celsius = 91.0;
  EXPECT_EQ(scene.rows("gpu.temperature", {.processes = {0, 1}}), "ok GPU 0");
  EXPECT_EQ(scene.rows("gpu.temperature", {.processes = {2}}), "critical GPU 1");
  scene.gpu(0).clients = std::vector<GpuClient>();
  EXPECT_TRUE(scene.items({.processes = {0, 1}}).empty());
  scene.run().gpus = {"GPU-1"};
  EXPECT_EQ(scene.rows("gpu.temperature", {.processes = {0, 1}}), "critical GPU 1") << "it was promised this one";
}

TEST(CheckGpu, FaultsCountByWhatTheyAre) {
  Gpus scene;
  scene.gpu(1).ecc_uncorrected = 2;
  EXPECT_EQ(scene.rows("gpu.errors"), "warning GPU 1");
  scene.gpu(0).xid = 48U;
  EXPECT_EQ(scene.rows("gpu.errors"), "critical GPU 0, warning GPU 1");
  scene.gpu(0) = without_values(scene.gpu(0), Presence::unknown);
  scene.gpu(0).state = GpuState::needs_reset;
  EXPECT_EQ(scene.rows("gpu.errors"), "critical GPU 0, warning GPU 1");
  EXPECT_EQ(scene.rows("gpu.busy"), "ok GPU 1");
  scene.gpu(0).state = GpuState::denied;
  EXPECT_EQ(scene.rows("gpu.errors"), "warning GPU 1") << "a card that is not ours";
}

TEST(CheckGpu, ThePowerLimitHoldsDownEveryCardThatWorksHard) {
  Gpus scene;
  scene.gpu(0).sm_clock_hertz = scene.gpu(1).sm_clock_hertz = 1000e6;
  scene.gpu(0).power_watts = scene.gpu(1).power_watts = 699.0;
  EXPECT_TRUE(scene.rows("gpu.clock").starts_with("ok"));
  scene.gpu(1).throttle = static_cast<std::uint8_t>(Throttle::thermal);
  EXPECT_EQ(scene.rows("gpu.clock"), "warning GPU 1");
  scene.gpu(1).throttle = static_cast<std::uint8_t>(Throttle::power_cap);
  scene.gpu(1).power_watts = 400.0;
  EXPECT_EQ(scene.rows("gpu.clock"), "warning GPU 1") << "it is not given its power";
  scene.before = [](Snapshot& then) { (*then.gpus)[1].busy_percent = 20.0; };
  EXPECT_TRUE(scene.rows("gpu.clock").starts_with("ok")) << "it had a pause";
}

TEST(CheckGpu, ALinkTellsOnlyInUse) {
  Gpus scene;
  scene.gpu().pcie_generation = 1U;
  scene.link().pcie_received_bytes_per_second = 3e9;
  EXPECT_EQ(scene.rows("gpu.link"), "warning GPU 0");
  scene.link().pcie_received_bytes_per_second = 80e6;
  EXPECT_TRUE(scene.rows("gpu.link").starts_with("ok")) << "next to nothing goes over it";
  scene.link().pcie_received_bytes_per_second = Presence::unsupported;
  scene.link().pcie_sent_bytes_per_second = Presence::unsupported;
  EXPECT_EQ(scene.rows("gpu.link"), "warning GPU 0") << "busy, and what goes over it is not told";
  scene.gpu().pcie_generation = 5U;
  scene.gpu().pcie_width = 8U;
  EXPECT_TRUE(scene.rows("gpu.link").starts_with("ok")) << "half of its lanes, as clouds give them";
  scene.gpu().busy_percent = 0.0;
  EXPECT_TRUE(scene.rows("gpu.link").starts_with("ok")) << "a link at rest saves power";
}

TEST(CheckGpu, MemoryThatGrowsIsSaidOfALongLook) {
  Gpus scene;
  scene.gpu().memory_used_bytes = 139 * gib;
  EXPECT_TRUE(scene.rows("gpu.memory").starts_with("ok")) << "a framework keeps what it has freed";
  scene.before = [](Snapshot& then) { (*then.gpus)[0].memory_used_bytes = 138 * gib; };
  EXPECT_TRUE(scene.rows("gpu.memory").starts_with("ok")) << "in one second any memory grows";
  scene.frame.delta.elapsed_seconds = 30;
  EXPECT_EQ(scene.rows("gpu.memory"), "warning GPU 0");
  EXPECT_NE(scene.advice("gpu.memory").find("full in 60 s"), std::string::npos) << scene.advice("gpu.memory");
}

TEST(CheckGpu, WhoHoldsMemoryAndDoesNothingIsNamed) {
  Gpus scene;
  scene.gpu(1).busy_percent = 0.0;
  EXPECT_TRUE(scene.rows("gpu.held").starts_with("ok")) << "a second without work, by a program that computes";
  scene.rates(2).cpu_percent = 0.0;
  EXPECT_EQ(scene.rows("gpu.held"), "warning GPU 1");
  EXPECT_NE(scene.advice("gpu.held").find("serve (pid 30)"), std::string::npos) << scene.advice("gpu.held");
  scene.rates(2).cpu_percent = 20.0;
  scene.frame.delta.elapsed_seconds = 12;
  EXPECT_EQ(scene.rows("gpu.held"), "warning GPU 1") << "it did nothing for long enough";
  scene.before = [](Snapshot& then) { (*then.gpus)[1].busy_percent = 60.0; };
  EXPECT_TRUE(scene.rows("gpu.held").starts_with("ok"));
}

TEST(CheckGpu, ADriverThatDoesNotAnswerIsNotKnown) {
  Gpus scene;
  scene.now.gpus = Presence::unknown;
  scene.now.sources.push_back({.name = "gpu",
                               .state = SourceState::late,
                               .reason = "the driver has not answered for 4.5 s",
                               .duration_seconds = 4.5});
  const std::vector<CheckItem> items = scene.items();
  ASSERT_EQ(items.size(), 1U);
  EXPECT_EQ(items[0].status, CheckStatus::unknown);
  EXPECT_NE(items[0].advice.find("4.5 s"), std::string::npos);
  EXPECT_EQ(scene.items({.processes = {0}}).size(), 1U) << "of a run, too, which may be on one";
}

}  // namespace
}  // namespace vigie::rules
