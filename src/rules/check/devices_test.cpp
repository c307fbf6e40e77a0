#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "rules/check/check.hpp"
#include "rules/check/checked_host_for_tests.hpp"

namespace vigie::rules {
namespace {

/// A host with one disk, one interface and two file systems, all at rest.
class Devices {
 public:
  Devices() {
    snapshot.host.disks = std::vector<DiskSample>(1);
    (*snapshot.host.disks)[0].name = "sda";
    (*snapshot.host.disks)[0].kind = DiskKind::hdd;
    frame.delta.host.disks.resize(1);
    disk().busy_percent = 5;
    set_await(0.004);
    snapshot.host.interfaces = std::vector<InterfaceSample>(1);
    (*snapshot.host.interfaces)[0].name = "eth0";
    (*snapshot.host.interfaces)[0].physical = true;
    frame.delta.host.interfaces.resize(1);
    for (PacketRates* direction : {&network().received, &network().sent}) {
      direction->errors_per_second = direction->drops_per_second = 0;
    }
    const MountUse roomy{.total_bytes = 100 * gib, .free_bytes = 60 * gib, .available_bytes = 55 * gib};
    snapshot.host.mounts = std::vector<MountSample>(2);
    mount(0).path = "/";
    mount(1).path = "/data";
    mount(0).use = mount(1).use = roomy;
    snapshot.host.sensors = std::vector<SensorSample>{{.chip = "coretemp", .label = "Package", .value = 50}};
  }

  DiskRates& disk() { return frame.delta.host.disks[0]; }
  InterfaceRates& network() { return frame.delta.host.interfaces[0]; }
  MountSample& mount(std::size_t index) { return (*snapshot.host.mounts)[index]; }
  void set_await(double seconds) {
    disk().reads.per_second = 100;
    disk().reads.await_seconds = seconds;
  }
  CheckItem item(std::string_view id) {
    frame.snapshot = std::make_shared<const Snapshot>(snapshot);
    return item_of(check(frame, {.processes = {}, .places = {.cwd = "/data/x", .state = "/home"}}), id);
  }

  Snapshot snapshot;
  Frame frame;
};

TEST(CheckDevices, AtRestAllIsOk) {
  Devices host;
  for (const char* id : {"disk.busy", "disk.await", "space.cwd", "space.state", "temperature", "network.lost"}) {
    EXPECT_EQ(host.item(id).status, CheckStatus::ok) << id << ": " << host.item(id).advice;
  }
}

TEST(CheckDevices, TheBusiestDiskIsNamed) {
  Devices host;
  host.disk().busy_percent = 95;
  EXPECT_EQ(host.item("disk.busy").status, CheckStatus::warning);
  EXPECT_NE(host.item("disk.busy").advice.find("sda (hdd)"), std::string::npos);
}

TEST(CheckDevices, APartitionOrALoopIsNotCountedBesideItsDisk) {
  Devices host;
  (*host.snapshot.host.disks)[0].partition = true;
  host.disk().busy_percent = 100;
  EXPECT_EQ(host.item("disk.busy").status, CheckStatus::unknown);
}

TEST(CheckDevices, AwaitIsJudgedByTheKindOfDisk) {
  Devices host;
  host.set_await(0.012);
  EXPECT_EQ(host.item("disk.await").status, CheckStatus::ok) << "as a rotating disk is";
  (*host.snapshot.host.disks)[0].kind = DiskKind::nvme;
  EXPECT_EQ(host.item("disk.await").status, CheckStatus::warning);
  host.set_await(0.05);
  EXPECT_EQ(host.item("disk.await").status, CheckStatus::critical);
}

TEST(CheckDevices, ADiskWithoutRequestsMadeNobodyWait) {
  Devices host;
  host.disk().reads.per_second = 0;
  host.disk().reads.await_seconds = Presence::unknown;
  EXPECT_EQ(host.item("disk.await").status, CheckStatus::ok);
}

TEST(CheckDevices, TheLongestMountCounts) {
  Devices host;
  (*host.mount(1).use).available_bytes = gib;
  (*host.mount(1).use).free_bytes = gib;
  EXPECT_EQ(host.item("space.cwd").status, CheckStatus::critical);
  EXPECT_EQ(host.item("space.state").status, CheckStatus::ok);
  host.mount(1).path = "/dat";
  EXPECT_EQ(host.item("space.cwd").status, CheckStatus::ok) << "/data/x does not lie in /dat";
}

TEST(CheckDevices, AFileSystemWithoutFreeFilesIsFull) {
  Devices host;
  (*host.mount(0).use).files = 1000;
  (*host.mount(0).use).files_free = 10;
  EXPECT_EQ(host.item("space.tmp").status, CheckStatus::critical);
}

TEST(CheckDevices, AMountThatDoesNotAnswerIsUnknown) {
  Devices host;
  host.mount(1).use = Presence::unknown;
  EXPECT_EQ(host.item("space.cwd").status, CheckStatus::unknown);
}

TEST(CheckDevices, TheSensorNearestToItsLimitCounts) {
  Devices host;
  (*host.snapshot.host.sensors).push_back({.chip = "nvme", .label = "Composite", .value = 80, .critical = 84.8});
  EXPECT_EQ(host.item("temperature").status, CheckStatus::warning);
  EXPECT_NE(host.item("temperature").advice.find("nvme Composite"), std::string::npos);
  host.snapshot.host.sensors = std::vector<SensorSample>{};
  EXPECT_EQ(host.item("temperature").status, CheckStatus::unknown) << "a host without sensors";
}

TEST(CheckDevices, LostPackets) {
  Devices host;
  host.network().received.drops_per_second = 5;
  EXPECT_EQ(host.item("network.lost").status, CheckStatus::warning);
  (*host.snapshot.host.interfaces)[0].physical = false;
  EXPECT_EQ(host.item("network.lost").status, CheckStatus::unknown) << "only real interfaces count";
}

TEST(CheckDevices, SwapTrafficIsMemoryThatIsShortNow) {
  Devices host;
  host.frame.delta.host.swapped_in_bytes_per_second = 30e6;
  host.frame.delta.host.swapped_out_bytes_per_second = 0;
  EXPECT_EQ(host.item("swap.traffic").status, CheckStatus::critical);
}

TEST(CheckDevices, APinThatFloatsIsNoTemperature) {
  Devices host;
  host.snapshot.host.sensors = std::vector<SensorSample>{
      {.chip = "coretemp", .label = "Package id 0", .value = 48, .critical = 96},
      {.chip = "nct6779", .label = "SYSTIN", .value = 52},
      {.chip = "nct6779", .label = "CPUTIN", .value = 127.5},
      {.chip = "nct6779", .label = "AUXTIN0", .value = -62},
      {.chip = "it8728", .label = "temp3", .value = 110, .critical = 0},
      {.chip = "it8728", .label = "temp2", .value = 90, .critical = 255},
      {.chip = "nct6798", .label = "PCH", .value = 127, .critical = 127},
  };
  EXPECT_EQ(host.item("temperature").status, CheckStatus::ok) << host.item("temperature").advice;
  EXPECT_EQ(*host.item("temperature").value, 48);
  (*host.snapshot.host.sensors)[0].critical = Presence::unsupported;
  (*host.snapshot.host.sensors)[0].value = 110;
  EXPECT_EQ(host.item("temperature").status, CheckStatus::critical) << "a CPU has a usual limit";
}

TEST(CheckDevices, WhyADiskIsNotJudged) {
  Devices host;
  host.snapshot.host.disks = Presence::denied;
  for (const char* id : {"disk.busy", "disk.await"}) EXPECT_EQ(host.item(id).value.presence(), Presence::denied) << id;
  Devices loop;
  (*loop.snapshot.host.disks)[0].kind = DiskKind::loop;
  for (const char* id : {"disk.busy", "disk.await"})
    EXPECT_EQ(loop.item(id).value.presence(), Presence::unsupported) << id << ": no disk at all";
  (*loop.snapshot.host.disks).push_back({.name = "sdb", .kind = DiskKind::hdd});
  for (const char* id : {"disk.busy", "disk.await"})
    EXPECT_EQ(loop.item(id).value.presence(), Presence::first_sight) << id << ": it was plugged in";
  Devices reset;
  reset.disk().busy_percent = Presence::went_backwards;
  for (const char* id : {"disk.busy", "disk.await"})
    EXPECT_EQ(reset.item(id).value.presence(), Presence::went_backwards) << id;
}

TEST(CheckDevices, OfSeveralDisksTheBusiestAndTheSlowestForItsKind) {
  Devices host;
  (*host.snapshot.host.disks).push_back({.name = "nvme0n1", .kind = DiskKind::nvme});
  (*host.snapshot.host.disks).push_back({.name = "sdb", .kind = DiskKind::hdd});
  host.frame.delta.host.disks.resize(3);
  host.frame.delta.host.disks[0].busy_percent = 5;
  host.frame.delta.host.disks[1] = {.reads = {.per_second = 10, .await_seconds = 0.006}, .busy_percent = 80};
  host.frame.delta.host.disks[2] = {.reads = {.per_second = 10, .await_seconds = 0.024}, .busy_percent = 79};
  EXPECT_EQ(host.item("disk.busy").advice, "nvme0n1 (nvme), the busiest; the processes: vigie stat disk 1 --top");
  EXPECT_EQ(host.item("disk.busy").status, CheckStatus::warning) << "80 %";
  EXPECT_NE(host.item("disk.await").advice.find("nvme0n1"), std::string::npos)
      << "6 ms are more for it than 24 for sdb";
  EXPECT_DOUBLE_EQ(*host.item("disk.await").value, 6);
  host.frame.delta.host.disks[1].busy_percent = Presence::unknown;
  EXPECT_NE(host.item("disk.busy").advice.find("sdb"), std::string::npos);
  EXPECT_EQ(host.item("disk.busy").status, CheckStatus::ok) << "79 %";
  EXPECT_DOUBLE_EQ(*host.item("disk.await").value, 24);
  host.frame.delta.host.disks[0].reads = {.per_second = 10, .await_seconds = 0.024};
  EXPECT_NE(host.item("disk.await").advice.find("sda"), std::string::npos) << "the first of equals";
  host.frame.delta.host.disks[2].reads = {};
  host.frame.delta.host.disks[0].reads = {};
  EXPECT_EQ(host.item("disk.await").advice, "no requests");
}

TEST(CheckDevices, ARequestTakesWhatReadsAndWritesTakeTogether) {
  Devices host;
  host.disk().reads = {.per_second = 100, .await_seconds = 0.030};
  host.disk().writes = {.per_second = 300, .await_seconds = 0.010};
  EXPECT_DOUBLE_EQ(*host.item("disk.await").value, 15);
  host.disk().writes.await_seconds = Presence::unknown;
  EXPECT_DOUBLE_EQ(*host.item("disk.await").value, 30) << "nothing was written";
}

TEST(CheckDevices, TheEdgesOfRoomAndOfKinds) {
  const auto room = [](std::string_view id, std::string path, double used) {
    Devices host;
    host.mount(1).path = std::move(path);
    const auto left = static_cast<std::uint64_t>((100 - used) * 1000);
    host.mount(1).use = MountUse{.total_bytes = 100'000, .free_bytes = left, .available_bytes = left};
    return host.item(id).status;
  };
  EXPECT_EQ(room("space.cwd", "/data", 89.9), CheckStatus::ok);
  EXPECT_EQ(room("space.cwd", "/data", 90), CheckStatus::warning);
  EXPECT_EQ(room("space.cwd", "/data", 97), CheckStatus::critical);
  EXPECT_EQ(room("space.shm", "/dev/shm", 79.9), CheckStatus::ok);
  EXPECT_EQ(room("space.shm", "/dev/shm", 80), CheckStatus::warning);
  EXPECT_EQ(room("space.shm", "/dev/shm", 95), CheckStatus::critical);
  const auto await = [](DiskKind kind, double milliseconds) {
    Devices host;
    (*host.snapshot.host.disks)[0].kind = kind;
    host.set_await(milliseconds / 1000);
    return host.item("disk.await").status;
  };
  const std::tuple<DiskKind, double, double> kinds[] = {
      {DiskKind::hdd, 25, 100}, {DiskKind::ssd, 10, 50}, {DiskKind::nvme, 5, 25}, {DiskKind::network, 25, 200}};
  for (const auto& [kind, warning, critical] : kinds) {
    EXPECT_EQ(await(kind, warning - 0.1), CheckStatus::ok) << name_of(kind);
    EXPECT_EQ(await(kind, warning + 0.1), CheckStatus::warning) << name_of(kind);
    EXPECT_EQ(await(kind, critical + 0.1), CheckStatus::critical) << name_of(kind);
  }
}

TEST(CheckDevices, PlacesThatAreNotKnown) {
  Devices host;
  host.snapshot.host.mounts = Presence::denied;
  EXPECT_EQ(host.item("space.cwd").value.presence(), Presence::denied);
  host.snapshot.host.mounts = std::vector<MountSample>{};
  EXPECT_EQ(host.item("space.cwd").value.presence(), Presence::unsupported);
  host.frame.snapshot = std::make_shared<const Snapshot>(host.snapshot);
  for (const CheckItem& item : check(host.frame, {})) EXPECT_NE(item.id, "space.cwd") << "nobody asked about a place";
}

TEST(CheckDevices, WhatATargetInAContainerSeesIsItsOwnRoomAndLogsAreVigies) {
  Devices host;
  ProcessSample process;
  process.id = {7, 70};
  host.snapshot.processes.push_back(process);
  host.frame.delta.processes.emplace_back();
  ProcessDetail detail;
  detail.id = process.id;
  MountSample full;
  full.path = "/";
  full.use = MountUse{.total_bytes = 100, .free_bytes = 1, .available_bytes = 1};
  detail.mounts = std::vector{full};
  host.snapshot.details.push_back(detail);
  host.frame.snapshot = std::make_shared<const Snapshot>(host.snapshot);
  std::string critical;
  for (const CheckItem& item : check(host.frame, {.processes = {0}, .places = {.cwd = "/data", .state = "/home"}})) {
    if (item.status == CheckStatus::critical) critical += std::string(item.id) + " ";
  }
  EXPECT_EQ(critical, "space.cwd space.tmp space.shm ");
}

/// The status of a host with this sensor alone, and how hot it is said to be.
std::string with_sensor(SensorSample sensor) {
  Devices host;
  host.snapshot.host.sensors = std::vector{std::move(sensor)};
  return std::string(name_of(host.item("temperature").status));
}

TEST(CheckDevices, TheEdgesOfATemperature) {
  EXPECT_EQ(with_sensor({.chip = "coretemp", .label = "a", .value = 84.9}), "ok");
  EXPECT_EQ(with_sensor({.chip = "coretemp", .label = "a", .value = 85}), "warning") << "10 below what is usual";
  EXPECT_EQ(with_sensor({.chip = "coretemp", .label = "a", .value = 95}), "critical");
  EXPECT_EQ(with_sensor({.chip = "coretemp", .label = "a", .value = 149}), "critical");
  EXPECT_EQ(with_sensor({.chip = "coretemp", .label = "a", .value = 150}), "unknown") << "no thermometer shows that";
  EXPECT_EQ(with_sensor({.chip = "coretemp", .label = "a", .value = -39}), "ok");
  EXPECT_EQ(with_sensor({.chip = "coretemp", .label = "a", .value = -40}), "unknown");
  EXPECT_EQ(with_sensor({.chip = "nct6779", .label = "a", .value = 119, .critical = 125}), "warning");
  EXPECT_EQ(with_sensor({.chip = "nct6779", .label = "a", .value = 120, .critical = 125}), "unknown")
      << "a floating pin";
  EXPECT_EQ(with_sensor({.chip = "nct6779", .label = "a", .value = 15, .critical = 20}), "warning");
  EXPECT_EQ(with_sensor({.chip = "nct6779", .label = "a", .value = 15, .critical = 19}), "unknown")
      << "it was never set";
  EXPECT_EQ(with_sensor({.chip = "nct6779", .label = "a", .value = 115, .critical = 150}), "ok");
  EXPECT_EQ(with_sensor({.chip = "nct6779", .label = "a", .value = 115, .critical = 151}), "unknown");
  EXPECT_EQ(with_sensor({.chip = "coretemp", .label = "fan", .kind = SensorKind::fan, .value = 95}), "unknown");
}

TEST(CheckDevices, OfSensorsThatAreEquallyNearTheFirst) {
  Devices host;
  host.snapshot.host.sensors = std::vector<SensorSample>{{.chip = "nvme", .label = "one", .value = 50, .critical = 80},
                                                         {.chip = "nvme", .label = "two", .value = 55, .critical = 85},
                                                         {.chip = "nvme", .label = "far", .value = 56, .critical = 90}};
  EXPECT_NE(host.item("temperature").advice.find("one"), std::string::npos) << host.item("temperature").advice;
  host.snapshot.host.sensors = Presence::denied;
  EXPECT_EQ(host.item("temperature").value.presence(), Presence::denied);
}

TEST(CheckDevices, LostPacketsOfAllRealInterfacesTogether) {
  Devices host;
  (*host.snapshot.host.interfaces).push_back({.name = "docker0", .physical = false});
  (*host.snapshot.host.interfaces).push_back({.name = "eth1", .physical = true});
  host.frame.delta.host.interfaces.resize(3);
  for (InterfaceRates& one : host.frame.delta.host.interfaces) {
    for (PacketRates* direction : {&one.received, &one.sent})
      direction->errors_per_second = direction->drops_per_second = 0.1;
  }
  host.frame.delta.host.interfaces[1].sent.drops_per_second = 50;
  EXPECT_NEAR(*host.item("network.lost").value, 0.8, 1e-9);
  EXPECT_EQ(host.item("network.lost").status, CheckStatus::ok);
  host.frame.delta.host.interfaces[2].sent.errors_per_second = 0.3;
  EXPECT_NEAR(*host.item("network.lost").value, 1, 1e-9);
  EXPECT_NE(host.item("network.lost").advice.find("most on eth1"), std::string::npos);
  host.frame.delta.host.interfaces[2].sent.errors_per_second = Presence::went_backwards;
  EXPECT_NEAR(*host.item("network.lost").value, 0.4, 1e-9) << "what is known";
  host.network().sent.errors_per_second = Presence::first_sight;
  EXPECT_EQ(host.item("network.lost").value.presence(), Presence::went_backwards);
  host.snapshot.host.interfaces = Presence::denied;
  EXPECT_EQ(host.item("network.lost").value.presence(), Presence::denied);
}

}  // namespace
}  // namespace vigie::rules
