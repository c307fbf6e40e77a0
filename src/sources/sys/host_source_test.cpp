#include "sources/sys/host_source.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "sources/sys/hardware.hpp"

namespace vigie::sys {
namespace {

/// A tree of files below a temporary directory.
class Tree {
 public:
  Tree() : path_(std::filesystem::temp_directory_path() / ("vigie-sys-" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_ / "proc");
    std::filesystem::create_directories(path_ / "sys");
  }
  ~Tree() { std::filesystem::remove_all(path_); }
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  void write(const std::string& name, const std::string& content) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name) << content;
  }
  [[nodiscard]] Result<Root> open() const { return Root::open(path_); }

 private:
  std::filesystem::path path_;
};

TEST(HostSource, ReadsNothingThatWasNotAskedFor) {
  const Result<Root> root = Root::open("/");
  HostSample host;
  EXPECT_EQ(HostSource(*root, {}).sample(host).state, SourceState::ok);
  EXPECT_EQ(host.cpu.presence(), Presence::not_read);
  EXPECT_EQ(host.memory.presence(), Presence::not_read);
  EXPECT_EQ(host.disks.presence(), Presence::not_read);
  EXPECT_EQ(host.mounts.presence(), Presence::not_read);
  EXPECT_FALSE(host.name.empty());
  EXPECT_GT(host.boot_wall_ns, 0);
}

TEST(HostSource, TheSavedHostOfTheFixtures) {
  const Result<Root> root = Root::open(std::string(VIGIE_FIXTURES) + "/proc_basic");
  HostSample host;
  HostSource(*root, Parts(Part::cpu) | Part::each_cpu | Part::memory | Part::pressure | Part::load | Part::disks)
      .sample(host);
  EXPECT_EQ(host.cpus, 4U);
  EXPECT_EQ(host.each_cpu->size(), 4U);
  EXPECT_EQ(*host.memory->available, 9000000ULL * 1024);
  EXPECT_TRUE(host.memory_pressure);
  EXPECT_EQ(host.irq_pressure.presence(), Presence::unsupported);
  EXPECT_EQ(host.tasks->total, 312U);
  EXPECT_EQ(host.disks.presence(), Presence::unsupported);
}

TEST(HostSource, AnEmptyTreeIsPartialAndSaysWhy) {
  const Tree tree;
  const Result<Root> root = tree.open();
  HostSample host;
  const SourceStatus status =
      HostSource(*root, Parts(Part::cpu) | Part::mounts | Part::sensors | Part::numa).sample(host);
  EXPECT_EQ(status.state, SourceState::partial);
  EXPECT_EQ(status.reason, "/proc/stat cannot be read");
  EXPECT_EQ(host.cpu.presence(), Presence::unsupported);
  EXPECT_EQ(host.mounts.presence(), Presence::unsupported);
  EXPECT_EQ(host.sensors.presence(), Presence::unsupported);
  EXPECT_EQ(host.numa.presence(), Presence::unsupported);
}

TEST(Hardware, KindsOfDisksAndInterfaces) {
  const Tree tree;
  tree.write("sys/class/block/sda/queue/rotational", "1\n");
  tree.write("sys/class/block/sda1/partition", "1\n");
  tree.write("sys/class/block/sdb/queue/rotational", "0\n");
  tree.write("sys/class/block/nvme0n1p2/partition", "2\n");
  tree.write("sys/class/block/loop3p1/partition", "1\n");
  tree.write("sys/class/net/eth0/device/vendor", "x\n");
  const Result<Root> root = tree.open();
  std::vector<DiskSample> disks(6);
  const std::array names = {"sda", "sda1", "sdb", "nvme0n1p2", "loop3p1", "loop3"};
  for (std::size_t index = 0; index < names.size(); ++index) disks[index].name = names[index];
  disks[3].kind = DiskKind::nvme;
  disks[4].kind = disks[5].kind = DiskKind::loop;
  std::string buffer;
  add_disk_kinds(*root, disks, buffer);
  EXPECT_EQ(disks[0].kind, DiskKind::hdd);
  EXPECT_EQ(disks[1].kind, DiskKind::hdd);
  EXPECT_TRUE(disks[1].partition);
  EXPECT_EQ(disks[2].kind, DiskKind::ssd);
  EXPECT_FALSE(disks[2].partition);
  EXPECT_TRUE(disks[3].partition);
  EXPECT_TRUE(disks[4].partition);
  EXPECT_FALSE(disks[5].partition);
  std::vector<InterfaceSample> interfaces(2);
  interfaces[0].name = "eth0";
  interfaces[1].name = "lo";
  add_interface_kinds(*root, interfaces);
  EXPECT_TRUE(interfaces[0].physical);
  EXPECT_FALSE(interfaces[1].physical);
}

TEST(Hardware, SensorsClockAndNodes) {
  const Tree tree;
  const std::string chip = "sys/class/hwmon/hwmon0/";
  tree.write(chip + "name", "k10temp\n");
  tree.write(chip + "temp1_input", "45500\n");
  tree.write(chip + "temp1_label", "Tctl\n");
  tree.write(chip + "temp1_crit", "95000\n");
  tree.write(chip + "fan2_input", "1200\n");
  tree.write(chip + "power1_average", "125000000\n");
  tree.write(chip + "temp9_input", "garbage\n");
  tree.write("sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "2000000\n");
  tree.write("sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq", "3000000\n");
  tree.write("sys/devices/system/node/node1/meminfo", "Node 1 MemTotal: 10 kB\n");
  tree.write("sys/devices/system/node/node1/cpulist", "4-7\n");
  tree.write("sys/devices/system/node/node0/meminfo", "Node 0 MemTotal: 20 kB\n");
  const Result<Root> root = tree.open();
  std::string buffer;
  const Reading<std::vector<SensorSample>> sensors = read_sensors(*root, buffer);
  ASSERT_TRUE(sensors);
  ASSERT_EQ(sensors->size(), 3U);
  EXPECT_EQ((*sensors)[0].label, "Tctl");
  EXPECT_DOUBLE_EQ((*sensors)[0].value, 45.5);
  EXPECT_DOUBLE_EQ(*(*sensors)[0].critical, 95);
  EXPECT_DOUBLE_EQ((*sensors)[1].value, 1200);
  EXPECT_DOUBLE_EQ((*sensors)[2].value, 125);
  EXPECT_DOUBLE_EQ(*read_cpu_hertz(*root, 2, buffer), 2.5e9);
  const Reading<std::vector<NumaNode>> nodes = read_numa(*root, buffer);
  ASSERT_EQ(nodes->size(), 2U);
  EXPECT_EQ((*nodes)[1].cpus, "4-7");
}

}  // namespace
}  // namespace vigie::sys
