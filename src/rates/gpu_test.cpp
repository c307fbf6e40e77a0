#include "rates/gpu.hpp"

#include <gtest/gtest.h>

namespace vigie {
namespace {

Snapshot with(GpuSample gpu) {
  Snapshot snapshot;
  snapshot.gpus = std::vector<GpuSample>{std::move(gpu)};
  return snapshot;
}

TEST(GpuRates, CountersBecomeRates) {
  GpuSample before, after;
  before.energy_joules = 1000.0;
  after.energy_joules = 2400.0;
  before.pcie_sent_bytes = std::uint64_t{100};
  after.pcie_sent_bytes = std::uint64_t{4100};
  before.throttle_power_ns = std::uint64_t{0};
  after.throttle_power_ns = std::uint64_t{500'000'000};
  const Snapshot earlier = with(before);
  const GpuRates rates = diff_gpus(&earlier, with(after), 2).gpus.at(0);
  EXPECT_EQ(rates.power_watts, 700.0);
  EXPECT_EQ(rates.pcie_sent_bytes_per_second, 2000.0);
  EXPECT_EQ(rates.throttle_power_percent, 25.0);
  EXPECT_FALSE(rates.nvlink_sent_bytes_per_second);
}

TEST(GpuRates, ACounterOf32BitsMayBeginAnewAndAWiderOneMayNot) {
  GpuSample before, after;
  before.pcie_sent_bytes = (std::uint64_t{1} << 32) - 1000;
  after.pcie_sent_bytes = std::uint64_t{1000};
  before.nvlink_sent_bytes = std::uint64_t{1} << 40;
  after.nvlink_sent_bytes = std::uint64_t{7};
  const Snapshot earlier = with(before);
  const GpuRates rates = diff_gpus(&earlier, with(after), 1).gpus.at(0);
  EXPECT_EQ(rates.pcie_sent_bytes_per_second, 2000.0);
  EXPECT_EQ(rates.nvlink_sent_bytes_per_second.presence(), Presence::went_backwards);
}

TEST(GpuRates, WhatTheHardwareMeasuredStandsInForACounter) {
  GpuSample gpu;
  gpu.pcie_sent_bytes = Presence::unsupported;
  gpu.gpm_pcie_sent_per_second = 5e9;
  EXPECT_EQ(diff_gpus(nullptr, with(gpu), 0).gpus.at(0).pcie_sent_bytes_per_second, 5e9);
}

TEST(GpuRates, AGpuWhoseDriverDoesNotTellIsAsBusyAsItsClientsMakeItsBusiestEngine) {
  GpuSample before;
  before.vendor = GpuVendor::intel;
  before.busy_percent = Presence::unsupported;
  before.clients = std::vector{GpuClient{.pid = 1, .engines = {{"render", 0, 0}, {"copy", 0, 0}}},
                               GpuClient{.pid = 2, .engines = {{"render", 500, 0}}}};
  GpuSample after = before;
  after.clients = std::vector{GpuClient{.pid = 1, .engines = {{"render", 300'000'000, 0}, {"copy", 500'000'000, 0}}},
                              GpuClient{.pid = 2, .engines = {{"render", 400'000'500, 0}}},
                              GpuClient{.pid = 3, .engines = {{"render", 900'000'000, 0}}}};
  const Snapshot earlier = with(before);
  const GpuRates rates = diff_gpus(&earlier, with(after), 1).gpus.at(0);
  ASSERT_TRUE(rates.busy_by_clients_percent);
  EXPECT_NEAR(*rates.busy_by_clients_percent, 70, 0.01) << "two on one engine; the third was not there before";
  EXPECT_EQ(busy_percent_of(after, &rates), rates.busy_by_clients_percent);
  after.busy_percent = 12.0;
  EXPECT_EQ(busy_percent_of(after, &rates), 12.0) << "the driver knows about everybody";
  EXPECT_EQ(diff_gpus(nullptr, with(before), 0).gpus.at(0).busy_by_clients_percent.presence(), Presence::first_sight);
}

TEST(GpuRates, WorkThatIsInNoEngineIsTakenFromTheComputeUnits) {
  GpuSample gpu;
  gpu.vendor = GpuVendor::amd;
  gpu.clients = std::vector{GpuClient{.pid = 1, .busy_percent = 84.0, .engines = {{"compute", 7, 0}}}};
  const Snapshot earlier = with(gpu);
  EXPECT_EQ(diff_gpus(&earlier, with(gpu), 1).gpus.at(0).client_busy_percent.at(0), 84.0);
}

TEST(GpuRates, AClientThatIsInNoSampleBeforeIsSeenForTheFirstTime) {
  GpuSample after;
  after.vendor = GpuVendor::intel;
  after.clients = std::vector{GpuClient{.pid = 1, .engines = {{"render", 300'000'000, 0}}}};
  GpuSample before = after;
  (*before.clients)[0].pid = 2;
  const Snapshot earlier = with(before);
  const GpuRates rates = diff_gpus(&earlier, with(after), 1).gpus.at(0);
  EXPECT_EQ(rates.client_busy_percent.at(0).presence(), Presence::first_sight);
  EXPECT_EQ(rates.busy_by_clients_percent, 0.0);
}

TEST(GpuRates, AnEngineThatCountsItselfIsNotMeasuredByTheClock) {
  GpuSample before;
  before.vendor = GpuVendor::intel;
  before.clients = std::vector{GpuClient{.pid = 1, .engines = {{"rcs", 100, 1000}}}};
  GpuSample after = before;
  after.clients = std::vector{GpuClient{.pid = 1, .engines = {{"rcs", 200, 1001}}}};
  const Snapshot earlier = with(before);
  EXPECT_EQ(diff_gpus(&earlier, with(after), 1).gpus.at(0).client_busy_percent.at(0), 100.0) << "never more than all";
  after.clients = std::vector{GpuClient{.pid = 1, .engines = {{"rcs", 150, 1200}}}};
  EXPECT_EQ(diff_gpus(&earlier, with(after), 1).gpus.at(0).client_busy_percent.at(0), 25.0);
  after.clients = std::vector{GpuClient{.pid = 1, .engines = {{"rcs", 100, 1000}}}};
  EXPECT_EQ(diff_gpus(&earlier, with(after), 1).gpus.at(0).client_busy_percent.at(0).presence(), Presence::first_sight)
      << "no time has passed on its own clock";
  after.clients = std::vector{GpuClient{.pid = 1, .engines = {{"rcs", 99, 1200}}}};
  EXPECT_EQ(diff_gpus(&earlier, with(after), 1).gpus.at(0).client_busy_percent.at(0).presence(),
            Presence::went_backwards);
}

TEST(GpuRates, StaleCountersTellNothing) {
  GpuSample gpu;
  gpu.energy_joules = 1000.0;
  const Snapshot earlier = with(gpu);
  const GpuRates rates = diff_gpus(&earlier, with(as_stale(gpu, 3)), 1).gpus.at(0);
  EXPECT_FALSE(rates.power_watts);
}

TEST(GpuRates, AClientIsAsBusyAsItsBusiestEngine) {
  GpuClient before{.pid = 7}, after{.pid = 7};
  before.engines = {{"gfx", 0, 0}, {"compute", 100, 0}, {"rcs", 50, 1000}};
  after.engines = {{"gfx", 100'000'000, 0}, {"compute", 800'000'100, 0}, {"rcs", 150, 1400}};
  GpuSample one, two;
  one.clients = std::vector<GpuClient>{before};
  two.clients = std::vector<GpuClient>{after};
  const Snapshot earlier = with(one);
  EXPECT_EQ(diff_gpus(&earlier, with(two), 1).gpus.at(0).client_busy_percent.at(0), 80.0);
  EXPECT_EQ(diff_gpus(nullptr, with(two), 0).gpus.at(0).client_busy_percent.at(0).presence(), Presence::first_sight);
}

/// Bytes a second over PCIe when the counter went from one value to the other in a second.
Reading<double> sent(std::uint64_t from, std::uint64_t to) {
  GpuSample before, after;
  before.pcie_sent_bytes = from;
  after.pcie_sent_bytes = to;
  const Snapshot earlier = with(before);
  return diff_gpus(&earlier, with(after), 1).gpus.at(0).pcie_sent_bytes_per_second;
}

TEST(GpuRates, OnlyACounterNearItsEndCanHaveBegunAnew) {
  constexpr std::uint64_t narrow = std::uint64_t{1} << 32, half = narrow / 2;
  EXPECT_EQ(sent(5, 5), 0.0) << "nothing was sent, and that is known";
  EXPECT_EQ(sent(half + 1, 0), static_cast<double>(half - 1));
  EXPECT_EQ(sent(half, 0).presence(), Presence::went_backwards) << "half of the way back may be a reset";
  EXPECT_EQ(sent(narrow, 0).presence(), Presence::went_backwards) << "it has more than 32 bits";
  EXPECT_EQ(sent(narrow - 1, half - 1), static_cast<double>(half));
  EXPECT_EQ(sent(narrow - 1, half).presence(), Presence::went_backwards);
}

TEST(GpuRates, CountersTellNothingWhereNoTimePassed) {
  GpuSample before, after;
  before.pcie_sent_bytes = std::uint64_t{0};
  after.pcie_sent_bytes = std::uint64_t{100};
  const Snapshot earlier = with(before);
  EXPECT_EQ(diff_gpus(&earlier, with(after), 0).gpus.at(0).pcie_sent_bytes_per_second.presence(),
            Presence::first_sight);
}

TEST(GpuRates, TheBusierOfComputeUnitsAndEnginesCounts) {
  GpuSample before, after;
  before.vendor = after.vendor = GpuVendor::amd;
  before.clients = std::vector{GpuClient{.pid = 1, .busy_percent = 10.0, .engines = {{"compute", 0, 0}}}};
  after.clients = std::vector{GpuClient{.pid = 1, .busy_percent = 10.0, .engines = {{"compute", 500'000'000, 0}}}};
  const Snapshot earlier = with(before);
  EXPECT_EQ(diff_gpus(&earlier, with(after), 1).gpus.at(0).client_busy_percent.at(0), 50.0);
  (*after.clients)[0].busy_percent = 70.0;
  EXPECT_EQ(diff_gpus(&earlier, with(after), 1).gpus.at(0).client_busy_percent.at(0), 70.0);
  (*after.clients)[0].busy_percent = Presence::unsupported;
  EXPECT_EQ(diff_gpus(&earlier, with(after), 1).gpus.at(0).client_busy_percent.at(0), 50.0);
}

TEST(GpuRates, AnEngineThatBeganAnewDoesNotHideABusyOne) {
  GpuSample before, after;
  before.clients = std::vector{GpuClient{.pid = 1, .engines = {{"gfx", 0, 0}, {"copy", 900, 0}}}};
  after.clients = std::vector{GpuClient{.pid = 1, .engines = {{"gfx", 300'000'000, 0}, {"copy", 1, 0}}}};
  const Snapshot earlier = with(before);
  EXPECT_EQ(diff_gpus(&earlier, with(after), 1).gpus.at(0).client_busy_percent.at(0), 30.0);
  (*after.clients)[0].engines = {{"new", 5, 0}, {"copy", 1, 0}};
  EXPECT_EQ(diff_gpus(&earlier, with(after), 1).gpus.at(0).client_busy_percent.at(0).presence(),
            Presence::went_backwards);
}

}  // namespace
}  // namespace vigie
