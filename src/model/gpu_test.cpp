#include "model/gpu.hpp"

#include <gtest/gtest.h>

namespace vigie {
namespace {

GpuSample idle() {
  GpuSample gpu;
  gpu.memory_total_bytes = std::uint64_t{80} << 30;
  gpu.memory_used_bytes = std::uint64_t{4} << 20;
  gpu.clients = std::vector<GpuClient>{};
  return gpu;
}

TEST(Gpu, IsFreeWhenNobodyIsOnIt) {
  EXPECT_TRUE(is_free(idle()));
  GpuSample used = idle();
  used.clients = std::vector<GpuClient>{{.pid = 7}};
  EXPECT_FALSE(is_free(used));
}

TEST(Gpu, IsNotFreeWhenSomebodyUnseenHoldsItsMemory) {
  GpuSample gpu = idle();
  gpu.memory_used_bytes = std::uint64_t{30} << 30;
  EXPECT_FALSE(is_free(gpu)) << "processes in another container are not listed";
}

TEST(Gpu, WhoseProcessesAreNotKnownOrThatIsLostIsNotFree) {
  GpuSample gpu = idle();
  gpu.clients = Presence::unknown;
  EXPECT_FALSE(is_free(gpu));
  for (const GpuState state :
       {GpuState::lost, GpuState::denied, GpuState::unpowered, GpuState::needs_reset, GpuState::unopened}) {
    gpu = idle();
    gpu.state = state;
    EXPECT_FALSE(is_free(gpu)) << name_of(state);
  }
}

TEST(Gpu, StaleValuesKeepWhatTheyWereAndWhatWasAbsentStaysSo) {
  GpuSample gpu = idle();
  gpu.fan_percent = Presence::unsupported;
  const GpuSample old = as_stale(gpu, 2.5);
  EXPECT_EQ(old.memory_used_bytes, Reading<std::uint64_t>::stale(std::uint64_t{4} << 20));
  EXPECT_EQ(old.fan_percent.presence(), Presence::unsupported);
  EXPECT_EQ(old.age_seconds, 2.5);
}

TEST(Gpu, ThrottleIsNamed) {
  EXPECT_EQ(describe_throttle(0), "");
  EXPECT_EQ(describe_throttle(static_cast<std::uint8_t>(Throttle::power_cap)), "power cap");
  EXPECT_EQ(describe_throttle(4 | 16), "thermal, power brake");
}

TEST(Gpu, IsTheSameByAllThatNamesIt) {
  GpuSample one;
  one.index = 1;
  one.pci = "0000:01:00.0";
  one.uuid = "GPU-1";
  EXPECT_TRUE(is_same_gpu(one, one));
  GpuSample other = one;
  other.vendor = GpuVendor::amd;
  EXPECT_FALSE(is_same_gpu(one, other));
  other = one;
  other.index = 2;
  EXPECT_FALSE(is_same_gpu(one, other));
  other = one;
  other.pci = "0000:02:00.0";
  EXPECT_FALSE(is_same_gpu(one, other));
  other = one;
  other.uuid = "GPU-2";
  EXPECT_FALSE(is_same_gpu(one, other));
}

TEST(Gpu, WhatTheDriverSaysOfItsUseComesFirst) {
  GpuRates rates;
  rates.busy_by_clients_percent = 70.0;
  GpuSample gpu;
  gpu.busy_percent = 12.0;
  EXPECT_EQ(busy_percent_of(gpu, &rates), 12.0);
  gpu.busy_percent = Presence::denied;
  EXPECT_EQ(busy_percent_of(gpu, &rates).presence(), Presence::denied);
  gpu.busy_percent = Presence::unsupported;
  EXPECT_EQ(busy_percent_of(gpu, &rates), 70.0);
  EXPECT_EQ(busy_percent_of(gpu, nullptr).presence(), Presence::unsupported);
}

TEST(Gpu, IsBrokenWhenItsHardwareOrItsDriverSaysSo) {
  GpuSample gpu;
  EXPECT_FALSE(is_broken(gpu));
  gpu.xid = 48U;  // memory that ECC could not correct
  EXPECT_TRUE(is_broken(gpu));
  gpu.xid = 13U;  // a program's
  EXPECT_FALSE(is_broken(gpu));
  gpu.remap_failed = true;
  EXPECT_TRUE(is_broken(gpu));
  gpu.remap_failed = false;
  gpu.recovery = GpuRecovery::reset;
  EXPECT_TRUE(is_broken(gpu));
}

TEST(Gpu, IsFreeWithWhatADriverKeepsForItself) {
  GpuSample gpu;
  gpu.clients = std::vector<GpuClient>{};
  gpu.memory_used_bytes = std::uint64_t{1} << 30;
  EXPECT_TRUE(is_free(gpu));
  *gpu.memory_used_bytes += 1;
  EXPECT_FALSE(is_free(gpu));
  gpu.memory_total_bytes = std::uint64_t{80} << 30;
  EXPECT_TRUE(is_free(gpu)) << "a twentieth of a large card";
  gpu.memory_used_bytes = (std::uint64_t{4} << 30) + 1;
  EXPECT_FALSE(is_free(gpu));
}

TEST(Gpu, ALinkCarriesWhatItsGenerationAndLanesDo) {
  GpuSample gpu;
  gpu.pcie_width = 16U;
  EXPECT_FALSE(link_bytes_per_second(gpu));
  gpu.pcie_generation = 4U;
  EXPECT_DOUBLE_EQ(*link_bytes_per_second(gpu), 16 * 1969e6);
  gpu.pcie_generation = 6U;
  EXPECT_DOUBLE_EQ(*link_bytes_per_second(gpu), 16 * 7563e6);
  for (const unsigned unknown : {0U, 7U}) {
    gpu.pcie_generation = unknown;
    EXPECT_EQ(link_bytes_per_second(gpu).presence(), Presence::unknown) << unknown;
  }
}

}  // namespace
}  // namespace vigie
