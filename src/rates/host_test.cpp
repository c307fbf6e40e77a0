#include "rates/host.hpp"

#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

namespace vigie {
namespace {

TEST(HostRatesTest, CpuSharesAreOfAllCpusTogether) {
  HostSample before;
  before.cpu = CpuTicks{};
  before.each_cpu = std::vector<CpuSample>{{.number = 0, .ticks = {}}};
  HostSample now;
  now.cpus = 2;
  now.cpu = CpuTicks{.user = 60, .nice = 10, .system = 20, .idle = 100, .steal = 10, .guest = 20};
  now.each_cpu = std::vector<CpuSample>{{.number = 0, .ticks = {.user = 60, .idle = 40}}, {.number = 3, .ticks = {}}};
  const HostRates rates = host_rates(before, now, 1);
  EXPECT_DOUBLE_EQ(*rates.cpu.user, 20) << "without guests";
  EXPECT_DOUBLE_EQ(*rates.cpu.guest, 10);
  EXPECT_DOUBLE_EQ(*rates.cpu_busy_percent, 90) << "of two CPUs";
  EXPECT_DOUBLE_EQ(*rates.cpu_idle_percent, 100);
  EXPECT_DOUBLE_EQ(*rates.cpu.nice, 5);
  EXPECT_DOUBLE_EQ(*rates.cpu.steal, 5);
  EXPECT_DOUBLE_EQ(*rates.cpu.idle, 50);
  ASSERT_EQ(rates.each_cpu.size(), 2U);
  EXPECT_DOUBLE_EQ(*rates.each_cpu[0].user, 60);
  EXPECT_EQ(rates.each_cpu[1].user.presence(), Presence::first_sight) << "came online";
}

TEST(HostRatesTest, ADiskAsIostatCounts) {
  HostSample before;
  before.disks = std::vector<DiskSample>(2);
  (*before.disks)[0].name = "gone";
  (*before.disks)[1].name = "sda";
  HostSample now;
  now.disks = std::vector<DiskSample>(1);
  DiskSample& disk = (*now.disks).front();
  disk.name = "sda";
  disk.reads = {.done = 100, .merged = 20, .bytes = 409600, .milliseconds = 50};
  disk.busy_milliseconds = 500;
  disk.queued_milliseconds = 3000;
  const DiskRates rates = host_rates(before, now, 2).disks.at(0);
  EXPECT_DOUBLE_EQ(*rates.reads.per_second, 50);
  EXPECT_DOUBLE_EQ(*rates.reads.merged_per_second, 10);
  EXPECT_DOUBLE_EQ(*rates.reads.bytes_per_second, 204800);
  EXPECT_DOUBLE_EQ(*rates.reads.await_seconds, 0.0005);
  EXPECT_DOUBLE_EQ(*rates.reads.size_bytes, 4096);
  EXPECT_DOUBLE_EQ(*rates.writes.per_second, 0);
  EXPECT_EQ(rates.writes.await_seconds.presence(), Presence::unknown) << "no request ended";
  EXPECT_EQ(rates.discards.per_second.presence(), Presence::unsupported);
  EXPECT_DOUBLE_EQ(*rates.queue_length, 1.5);
  EXPECT_DOUBLE_EQ(*rates.busy_percent, 25);
}

TEST(HostRatesTest, CountersThatWrapAreNeverNegative) {
  HostSample before;
  before.disks = std::vector<DiskSample>(1);
  (*before.disks).front().reads.done = 10;
  (*before.disks).front().busy_milliseconds = 4294967290;
  before.interfaces = std::vector<InterfaceSample>(1);
  (*before.interfaces).front().received.bytes = 4294967290;
  HostSample now;
  now.disks = std::vector<DiskSample>(1);
  now.interfaces = std::vector<InterfaceSample>(1);
  (*now.interfaces).front().sent.packets = 30;
  const HostRates rates = host_rates(before, now, 1);
  EXPECT_EQ(rates.disks[0].reads.per_second.presence(), Presence::went_backwards);
  EXPECT_EQ(rates.disks[0].reads.await_seconds.presence(), Presence::went_backwards);
  EXPECT_EQ(rates.disks[0].busy_percent.presence(), Presence::went_backwards);
  EXPECT_EQ(rates.interfaces[0].received.bytes_per_second.presence(), Presence::went_backwards);
  EXPECT_DOUBLE_EQ(*rates.interfaces[0].sent.packets_per_second, 30);
}

TEST(HostRatesTest, PressureIsTheShareOfTheInterval) {
  HostSample before;
  before.io_pressure = Pressure{};
  HostSample now;
  now.io_pressure = Pressure{.some = {.total_us = 500'000}, .full = {.total_us = 3'000'000}};
  const HostRates rates = host_rates(before, now, 2);
  EXPECT_DOUBLE_EQ(*rates.io_pressure.some_percent, 25);
  EXPECT_DOUBLE_EQ(*rates.io_pressure.full_percent, 100) << "never more than all of it";
  EXPECT_EQ(rates.cpu_pressure.some_percent.presence(), Presence::not_read);
}

TEST(HostRatesTest, SwitchesPagingAndOomKills) {
  HostSample before;
  before.kernel_counters = KernelCounters{.context_switches = 1000, .interrupts = 10, .forks = 1};
  before.paging = Paging{.swapped_in_bytes = 4096, .oom_kills = std::uint64_t{1}};
  HostSample now;
  now.kernel_counters = KernelCounters{.context_switches = 3000, .interrupts = 30, .forks = 5};
  now.paging = Paging{.swapped_in_bytes = 12288, .oom_kills = std::uint64_t{3}};
  const HostRates rates = host_rates(before, now, 2);
  EXPECT_DOUBLE_EQ(*rates.context_switches_per_second, 1000);
  EXPECT_DOUBLE_EQ(*rates.interrupts_per_second, 10);
  EXPECT_DOUBLE_EQ(*rates.forks_per_second, 2);
  EXPECT_DOUBLE_EQ(*rates.swapped_in_bytes_per_second, 4096);
  EXPECT_DOUBLE_EQ(*rates.oom_kills_per_second, 1);
}

TEST(HostRatesTest, WithoutAnEarlierSampleAllIsAFirstSight) {
  HostSample now;
  now.cpu = CpuTicks{.user = 1};
  now.kernel_counters = KernelCounters{};
  now.disks = std::vector<DiskSample>(1);
  const HostRates rates = absent_host_rates(now, Presence::first_sight);
  EXPECT_EQ(rates.cpu_busy_percent.presence(), Presence::first_sight);
  EXPECT_EQ(rates.cpu.user.presence(), Presence::first_sight);
  EXPECT_EQ(rates.context_switches_per_second.presence(), Presence::first_sight);
  EXPECT_EQ(rates.disks.at(0).busy_percent.presence(), Presence::first_sight);
}

TEST(HostRates, ADeviceThatWasMadeAnewHasNoRate) {
  HostSample earlier, later;
  DiskSample disk;
  disk.name = "dm-3";
  disk.reads = DiskRequests{.done = 5000, .bytes = 800 * 512};
  disk.writes = DiskRequests{.done = 5000, .bytes = 8000 * 512};
  earlier.disks = std::vector<DiskSample>{disk};
  disk.reads = DiskRequests{.done = 1, .bytes = 8 * 512};
  disk.writes = DiskRequests{.done = 300, .bytes = 64000 * 512};
  later.disks = std::vector<DiskSample>{disk};
  InterfaceSample interface;
  interface.name = "eth0";
  interface.received = {.bytes = 9000, .packets = 90};
  earlier.interfaces = std::vector<InterfaceSample>{interface};
  interface.received = {.bytes = 10000, .packets = 8};
  later.interfaces = std::vector<InterfaceSample>{interface};
  const HostRates rates = host_rates(earlier, later, 1);
  EXPECT_EQ(rates.disks[0].writes.bytes_per_second.presence(), Presence::went_backwards);
  EXPECT_EQ(rates.disks[0].busy_percent.presence(), Presence::went_backwards);
  EXPECT_EQ(rates.interfaces[0].received.bytes_per_second.presence(), Presence::went_backwards);
}

TEST(HostRates, EachKindOfTimeCountsWhereItBelongs) {
  HostSample before, now;
  before.cpu = CpuTicks{};
  now.cpus = 1;
  now.cpu = CpuTicks{.user = 10, .nice = 10, .system = 10, .idle = 30, .iowait = 20, .irq = 5, .softirq = 15};
  (*now.cpu).guest_nice = 4;
  const HostRates rates = host_rates(before, now, 1);
  EXPECT_DOUBLE_EQ(*rates.cpu_busy_percent, 50);
  EXPECT_DOUBLE_EQ(*rates.cpu_idle_percent, 50) << "who waits for a disk leaves a CPU idle";
  EXPECT_DOUBLE_EQ(*rates.iowait_percent, 20);
  EXPECT_DOUBLE_EQ(*rates.cpu.nice, 6);
  EXPECT_DOUBLE_EQ(*rates.cpu.guest, 4);
  EXPECT_DOUBLE_EQ(*rates.cpu.irq, 5);
  EXPECT_DOUBLE_EQ(*rates.cpu.softirq, 15);
  EXPECT_EQ(host_rates(HostSample{}, now, 1).cpu_busy_percent.presence(), Presence::first_sight);
}

TEST(HostRates, ADiskThatOnlyWroteAnewIsAnotherToo) {
  HostSample earlier, later;
  DiskSample disk;
  disk.name = "dm-3";
  disk.reads = DiskRequests{.done = 10, .bytes = 10};
  disk.writes = DiskRequests{.done = 5000, .bytes = 10};
  earlier.disks = std::vector<DiskSample>{disk};
  disk.writes = DiskRequests{.done = 1, .bytes = 10};
  later.disks = std::vector<DiskSample>{disk};
  EXPECT_EQ(host_rates(earlier, later, 1).disks[0].reads.per_second.presence(), Presence::went_backwards);
}

/// A host with these interfaces, each with the bytes and packets that it received.
HostSample with_interfaces(const std::vector<std::tuple<std::string, std::uint64_t, std::uint64_t>>& all) {
  HostSample host;
  host.interfaces = std::vector<InterfaceSample>{};
  for (const auto& [name, bytes, packets] : all) {
    InterfaceSample interface;
    interface.name = name;
    interface.received.bytes = bytes;
    interface.received.packets = packets;
    (*host.interfaces).push_back(interface);
  }
  return host;
}

TEST(HostRatesTest, AnInterfaceIsComparedWithItsNamesake) {
  const HostSample before = with_interfaces({{"eth0", 1000, 10}, {"eth1", 5000, 50}});
  const HostSample now = with_interfaces({{"eth1", 5000, 50}, {"eth0", 1200, 14}, {"eth2", 1, 1}});
  const HostRates rates = host_rates(before, now, 1);
  EXPECT_EQ(rates.interfaces.at(0).received.bytes_per_second, 0.0) << "an idle one is known to be idle";
  EXPECT_EQ(rates.interfaces.at(1).received.bytes_per_second, 200.0);
  EXPECT_EQ(rates.interfaces.at(2).received.bytes_per_second.presence(), Presence::first_sight);
}

TEST(HostRatesTest, AnInterfaceThatBeganAnewSaysNothing) {
  const HostSample before = with_interfaces({{"eth0", 1000, 10}});
  EXPECT_EQ(
      host_rates(before, with_interfaces({{"eth0", 2000, 9}}), 1).interfaces.at(0).received.bytes_per_second.presence(),
      Presence::went_backwards);
  EXPECT_EQ(host_rates(before, with_interfaces({{"eth0", 999, 11}}), 1)
                .interfaces.at(0)
                .received.packets_per_second.presence(),
            Presence::went_backwards);
}

TEST(HostRatesTest, KillsForMemoryAreCountedWhereBothLooksKnowThem) {
  HostSample before, now;
  before.paging = now.paging = Paging{};
  (*now.paging).oom_kills = std::uint64_t{4};
  (*before.paging).oom_kills = Presence::unsupported;
  EXPECT_FALSE(host_rates(before, now, 2).oom_kills_per_second);
  (*before.paging).oom_kills = std::uint64_t{2};
  EXPECT_EQ(host_rates(before, now, 2).oom_kills_per_second, 1.0);
  (*now.paging).oom_kills = Presence::unsupported;
  EXPECT_EQ(host_rates(before, now, 2).oom_kills_per_second.presence(), Presence::unsupported);
  (*now.paging).oom_kills = std::uint64_t{4};
  before.paging = Presence::denied;
  EXPECT_FALSE(host_rates(before, now, 2).oom_kills_per_second);
}

}  // namespace
}  // namespace vigie
