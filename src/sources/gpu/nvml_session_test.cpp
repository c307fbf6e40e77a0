#include "sources/gpu/nvml_session.hpp"

#include <gtest/gtest.h>

#include <string>
#include <tuple>

#include "sources/gpu/nvml_test.hpp"

namespace vigie::gpu::nvml {
namespace {

constexpr std::uint64_t gib = std::uint64_t{1} << 30;

TEST_F(Nvml, TellsWhatTheDriverTells) {
  play("one");
  Session session(root());
  const auto gpus = session.pass(at(0));
  ASSERT_TRUE(gpus) << gpus.error().message;
  ASSERT_EQ(gpus->size(), 1);
  const GpuSample& gpu = gpus->front();
  EXPECT_EQ(gpu.name, "NVIDIA H200");
  EXPECT_EQ(gpu.uuid, "GPU-00000000-0000-4000-8000-000000000000");
  EXPECT_EQ(gpu.pci, "0000:18:00.0");
  EXPECT_EQ(gpu.driver, "550.54.15");
  EXPECT_EQ(gpu.memory_total_bytes, 141 * gib);
  EXPECT_EQ(gpu.memory_used_bytes, 71 * gib + gib / 4);
  EXPECT_EQ(gpu.memory_reserved_bytes, gib / 2);
  EXPECT_EQ(gpu.busy_percent, 98.0);
  EXPECT_EQ(gpu.power_watts, 512.0);
  EXPECT_EQ(gpu.power_limit_watts, 700.0);
  EXPECT_EQ(gpu.temperature_celsius, 61.0);
  EXPECT_EQ(gpu.memory_temperature_celsius, 70.0);
  EXPECT_EQ(gpu.sm_clock_hertz, 1755e6);
  EXPECT_EQ(gpu.throttle, static_cast<std::uint8_t>(Throttle::power_cap));
  EXPECT_EQ(gpu.pcie_generation_max, 5U);
  EXPECT_EQ(gpu.ecc_uncorrected, std::uint64_t{0});
  EXPECT_EQ(gpu.remap_failed, false);
  EXPECT_EQ(gpu.fan_percent.presence(), Presence::unsupported) << "a card without a fan";
  EXPECT_EQ(gpu.sm_active_percent.presence(), Presence::first_sight) << "it takes two samples";
  EXPECT_FALSE(gpu.xid);
  ASSERT_TRUE(gpu.clients);
  ASSERT_EQ(gpu.clients->size(), 1);
  EXPECT_EQ(gpu.clients->front().pid, 3000000);
  EXPECT_EQ(gpu.clients->front().memory_bytes, 71 * gib);
  EXPECT_EQ(gpu.clients->front().busy_percent, 97.0);
}

TEST_F(Nvml, CountersGrowAndTheHardwaresOwnCountsComeWithTheSecondSample) {
  play("one");
  Session session(root());
  ASSERT_TRUE(session.pass(at(0)));
  set_clock(2);
  Result<std::vector<GpuSample>> gpus = session.pass(at(0));
  // The hardware wants 100 ms between two samples.
  while (gpus && !gpus->front().sm_active_percent) gpus = session.pass(at(0));
  ASSERT_TRUE(gpus);
  EXPECT_EQ(gpus->front().sm_active_percent, 61.2);
  EXPECT_EQ(gpus->front().tensor_active_percent, 33.1);
  EXPECT_EQ(gpus->front().gpm_pcie_sent_per_second, 2900.0 * (1 << 20));
  EXPECT_EQ(gpus->front().nvlink_sent_bytes, std::uint64_t{80'000'000} * 1024);
  EXPECT_EQ(gpus->front().throttle_power_ns, std::uint64_t{500'000'000});
}

TEST_F(Nvml, OldStructuresAndMissingFunctionsCostWhatTheyTellAndNothingElse) {
  play("old");
  Session session(root());
  const auto gpus = session.pass(at(0));
  ASSERT_TRUE(gpus);
  const GpuSample& gpu = gpus->front();
  EXPECT_EQ(gpu.memory_used_bytes, 9 * gib);
  EXPECT_EQ(gpu.memory_reserved_bytes.presence(), Presence::unsupported);
  EXPECT_EQ(gpu.sm_active_percent.presence(), Presence::unsupported);
  EXPECT_EQ(gpu.remapped_rows.presence(), Presence::unsupported);
  EXPECT_EQ(gpu.pcie_sent_bytes.presence(), Presence::unsupported);
  EXPECT_EQ(describe_throttle(*gpu.throttle), "power cap, thermal");
  EXPECT_EQ(gpu.ecc_uncorrected, std::uint64_t{1});
}

TEST_F(Nvml, AGpuThatFallsOffTheBusLeavesTheOthers) {
  play("lost");
  Session session(root());
  ASSERT_TRUE(session.pass(at(0)));
  set_clock(1);
  const auto gpus = session.pass(at(0));
  ASSERT_TRUE(gpus);
  ASSERT_EQ(gpus->size(), 2);
  EXPECT_EQ((*gpus)[0].state, GpuState::working);
  EXPECT_TRUE((*gpus)[0].busy_percent);
  EXPECT_EQ((*gpus)[1].state, GpuState::lost);
  EXPECT_EQ((*gpus)[1].name, "NVIDIA H200") << "who it was is still known";
  EXPECT_FALSE((*gpus)[1].memory_used_bytes);
  EXPECT_EQ((*gpus)[1].xid, 79U);
}

TEST_F(Nvml, GarbageIsAbsentAndNeverANumber) {
  play("garbage");
  Session session(root());
  const auto gpus = session.pass(at(0));
  ASSERT_TRUE(gpus);
  EXPECT_EQ(gpus->front().busy_percent.presence(), Presence::unknown);
  EXPECT_EQ(gpus->front().clients->front().busy_percent, 97.0);
  EXPECT_EQ(gpus->front().clients->size(), 1);
}

TEST_F(Nvml, MigIsToldByInstanceAndUseIsNot) {
  play("mig");
  Session session(root());
  const auto gpus = session.pass(at(0));
  ASSERT_TRUE(gpus);
  const GpuSample& gpu = gpus->front();
  EXPECT_EQ(gpu.mig, true);
  EXPECT_EQ(gpu.busy_percent.presence(), Presence::unsupported);
  ASSERT_EQ(gpu.instances.size(), 2);
  EXPECT_EQ(gpu.instances[0].number, 1);
  EXPECT_EQ(gpu.instances[0].memory_used_bytes, 30 * gib);
  EXPECT_EQ(gpu.instances[1].memory_used_bytes, std::uint64_t{0});
  EXPECT_EQ(gpu.clients->front().instance, 1);
  EXPECT_EQ(gpu.clients->front().busy_percent.presence(), Presence::unsupported);
}

TEST_F(Nvml, ADriverThatDoesNotStartSaysWhyInOneSentence) {
  for (const auto& [trace, part, kind] : {std::tuple{"mismatch", "different versions", ErrorKind::failed},
                                          std::tuple{"denied", "may not be opened", ErrorKind::denied},
                                          std::tuple{"unloaded", "not loaded", ErrorKind::failed}}) {
    play(trace);
    Session session(root());
    const auto gpus = session.pass(at(0));
    ASSERT_FALSE(gpus);
    EXPECT_NE(gpus.error().message.find(part), std::string::npos) << gpus.error().message;
    EXPECT_EQ(gpus.error().kind, kind);
  }
}

TEST_F(Nvml, CardsThatSleepAreNamedAndTheDriverIsNotStarted) {
  play("one");
  Session session(*Root::open(VIGIE_FIXTURES "/gpu_asleep"));
  const auto gpus = session.pass(at(0));
  ASSERT_TRUE(gpus);
  ASSERT_EQ(gpus->size(), 1) << "the card, not its sound";
  EXPECT_EQ(gpus->front().state, GpuState::asleep);
  EXPECT_EQ(gpus->front().pci, "0000:01:00.0");
}

TEST_F(Nvml, ADriverThatComesLaterIsFound) {
  play("unloaded");
  Session session(root());
  EXPECT_FALSE(session.pass(at(0)));
  play("one");
  EXPECT_TRUE(session.pass(at(0)));
}

TEST(NvmlClients, KnowsTheDriversThatFillALargerStructure) {
  for (const char* driver : {"535.43.02", "535.54.03", "535.86.10"}) EXPECT_TRUE(wrong_process_structs(driver));
  for (const char* driver : {"535.98", "535.104.05", "530.30.02", "550.54.15", "", "535."})
    EXPECT_FALSE(wrong_process_structs(driver)) << driver;
}

}  // namespace
}  // namespace vigie::gpu::nvml
