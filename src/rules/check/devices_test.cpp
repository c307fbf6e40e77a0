#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "rules/check/check.hpp"

namespace vigie::rules {
namespace {

constexpr std::uint64_t gib = 1ULL << 30U;

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
    const std::vector<CheckItem> all = check(frame, {.processes = {}, .places = {.cwd = "/data/x", .state = "/home"}});
    const auto found = std::ranges::find(all, id, &CheckItem::id);
    if (found != all.end()) return *found;
    ADD_FAILURE() << "no item " << id;
    return {};
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

}  // namespace
}  // namespace vigie::rules
