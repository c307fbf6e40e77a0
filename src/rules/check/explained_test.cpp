#include "rules/check/explained.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include <random>

#include "rules/judge.hpp"
#include "rules/scene_for_tests.hpp"

namespace vigie::rules {
namespace {

/// Numbers of a host that are anything between nothing and far too much.
class AnyHost {
 public:
  explicit AnyHost(unsigned seed) : random_(seed) {}

  Scene make() {
    Scene scene({Role::trainer});
    HostSample& host = scene.now.host;
    HostRates& rates = scene.frame.delta.host;
    rates.cpu_idle_percent = up_to(400);
    rates.cpu_busy_percent = 400 - *rates.cpu_idle_percent;
    rates.iowait_percent = up_to(400);
    rates.cpu.system = up_to(100);
    rates.cpu.irq = rates.cpu.softirq = 0.0;
    host.load1 = up_to(20);
    host.cpu_pressure = pressure(rates.cpu_pressure);
    host.io_pressure = pressure(rates.io_pressure);
    host.memory_pressure = pressure(rates.memory_pressure);
    Memory memory{.total = 100, .free = 1, .swap_total = 100, .swap_free = some(100)};
    memory.available = some(100);
    host.memory = memory;
    rates.swapped_in_bytes_per_second = up_to(100e6);
    rates.swapped_out_bytes_per_second = up_to(100e6);
    add_disks(scene);
    std::vector<MountSample> mounts;
    for (const char* path : {"/", "/tmp", "/home", "/dev/shm"}) {
      mounts.push_back({.path = path, .source = "/dev/sda1", .type = "ext4", .read_only = false, .use = {}});
      mounts.back().use = MountUse{.total_bytes = std::uint64_t{1} << 40,
                                   .free_bytes = some(100) << 33,
                                   .available_bytes = some(100) << 33,
                                   .files = 100,
                                   .files_free = some(100)};
    }
    host.mounts = mounts;
    host.sensors = std::vector<SensorSample>{
        {.chip = "k10temp", .label = "Tctl", .kind = SensorKind::temperature, .value = up_to(120), .critical = {}}};
    host.interfaces = std::vector<InterfaceSample>{{.name = "eth0", .physical = true}};
    rates.interfaces.resize(1);
    for (RequestlessRates* one : {&rates.interfaces[0].received, &rates.interfaces[0].sent})
      one->errors_per_second = one->drops_per_second = up_to(100);
    GpuSample gpu;
    gpu.temperature_celsius = up_to(120);
    gpu.remap_failed = some(1) == 1;
    scene.now.gpus = std::vector{gpu};
    scene.frame.delta.gpu.gpus.emplace_back();
    for (std::size_t left = some(60); left > 0; --left)
      scene.process(scene.add_other("dd", 0)).state = left % 2 ? 'D' : 'Z';
    return scene;
  }

 private:
  using RequestlessRates = decltype(InterfaceRates::received);

  double up_to(double most) { return std::uniform_real_distribution<double>(0, most)(random_); }
  std::uint64_t some(std::uint64_t most) { return std::uniform_int_distribution<std::uint64_t>(0, most)(random_); }

  template <class Rates>
  Pressure pressure(Rates& rates) {
    const double some = up_to(100);
    rates.some_percent = some;
    rates.full_percent = some / 2;
    Pressure pressure;
    pressure.some.avg10 = some;
    return pressure;
  }

  void add_disks(Scene& scene) {
    scene.now.host.disks = std::vector<DiskSample>{{.name = "sda", .kind = DiskKind::hdd}};
    DiskRates disk;
    disk.busy_percent = up_to(100);
    disk.reads = disk.writes = {};
    disk.writes.per_second = up_to(100);
    disk.writes.await_seconds = up_to(1);
    scene.frame.delta.host.disks = {disk};
    const std::size_t writer = scene.add_other("writer", 0);
    scene.rates(writer).read_bytes_per_second = 0.0;
    scene.rates(writer).write_bytes_per_second = up_to(1e9) + 1;
  }

  std::mt19937 random_;
};

TEST(Explained, WhateverTheChecklistCallsCriticalIsExplainedOrNamed) {
  std::size_t criticals = 0;
  for (unsigned seed = 0; seed < 400; ++seed) {
    Scene scene = AnyHost(seed).make();
    std::vector<Finding> findings = scene.verdict();
    const CheckSubject subject{.processes = {}, .places = {.cwd = "/home/me", .state = "/home/me/state"}};
    const std::vector<CheckItem> items = check(scene.frame, subject);
    std::ranges::move(unexplained_criticals(scene.frame, items, findings), std::back_inserter(findings));
    for (const CheckItem& item : items) {
      if (item.status != CheckStatus::critical) continue;
      ++criticals;
      const auto by = std::ranges::find_if(findings, [&](const Finding& one) { return explains(one, item); });
      ASSERT_NE(by, findings.end()) << "seed " << seed << ": " << item.id;
      EXPECT_FALSE(by->evidence.empty()) << item.id;
      if (item.id != "io.pressure" && item.id != "disk.await") continue;
      std::string causes;
      for (const std::string& cause : by->causes) causes += cause;
      EXPECT_NE(causes.find("writer (pid "), std::string::npos) << "seed " << seed << ": " << item.id << ": " << causes;
    }
  }
  EXPECT_GT(criticals, 400U);
}

TEST(Explained, WhatIsFineIsNotNamed) {
  Scene scene({Role::trainer});
  (void)scene.verdict();
  EXPECT_TRUE(unexplained_criticals(scene.frame, check(scene.frame, {}), {}).empty());
}

CheckItem critical(std::string_view id, double value = 99) {
  CheckItem item;
  item.id = id;
  item.value = value;
  item.unit = "%";
  item.target = "< 90";
  item.status = CheckStatus::critical;
  return item;
}

/// What is added for these items: "oom-risk: most of it is used by: ...".
std::string added(Scene& scene, std::initializer_list<std::string_view> ids) {
  (void)scene.verdict();
  std::vector<CheckItem> items;
  for (const std::string_view id : ids) items.push_back(critical(id));
  std::string text;
  for (const Finding& finding : unexplained_criticals(scene.frame, items, {})) {
    note_words(finding);
    text += fmt::format("{}{}", text.empty() ? "" : "; ", finding.rule);
    for (const std::string& cause : finding.causes) text += ": " + cause;
  }
  return text;
}

TEST(Explained, WhoseDoingItIs) {
  Scene scene({Role::trainer});
  scene.rates(0).cpu_percent = 180;
  scene.process(0).rss_bytes = 2048;
  scene.rates(0).read_bytes_per_second = 1024.0;
  scene.rates(0).write_bytes_per_second = 1024.0;
  const std::size_t other = scene.add_other("ffmpeg", 95);
  scene.process(other).rss_bytes = 1024;
  EXPECT_EQ(added(scene, {"cpu.busy"}),
            "cpu-contention: most of it is used by: run train 180 % of a CPU, ffmpeg (pid 11) 95 % of a CPU");
  EXPECT_EQ(added(scene, {"memory.available"}),
            "oom-risk: most of it is used by: run train 2.0K, ffmpeg (pid 11) 1.0K");
  EXPECT_EQ(added(scene, {"swap.used"}), "swap-thrash: most of it is used by: run train 2.0K, ffmpeg (pid 11) 1.0K");
  EXPECT_EQ(added(scene, {"disk.await"}), "disk-saturated: most is read and written by: run train 2.0K/s");
  EXPECT_EQ(added(scene, {"cpu.iowait"}), "disk-saturated: most is read and written by: run train 2.0K/s");
  EXPECT_EQ(added(scene, {"space.shm"}), "shm-full");
  EXPECT_EQ(added(scene, {"temperature"}), "host-critical");
  scene.now.observer = 11;
  EXPECT_EQ(added(scene, {"cpu.busy"}), "cpu-contention: most of it is used by: run train 180 % of a CPU")
      << "vigie itself is nobody to be named";
}

TEST(Explained, AnOrdinaryUserIsToldWhoseItIsAndWhatCannotBeSeen) {
  Scene scene({Role::trainer});
  const std::size_t observer = scene.add_other("vigie", 0);
  scene.now.observer = scene.process(observer).id.pid;
  scene.process(observer).uid = uid_t{1000};
  const std::size_t other = scene.add_other("ffmpeg", 95);
  scene.process(other).uid = uid_t{1001};
  scene.now.users = {{.uid = 1001, .name = "alice"}};
  EXPECT_EQ(added(scene, {"cpu.busy"}),
            "cpu-contention: most of it is used by: ffmpeg (pid 12) of alice 95 % of a CPU");
  EXPECT_EQ(added(scene, {"io.pressure"}),
            "disk-saturated: an ordinary user does not see what other users' processes read and write");
  EXPECT_EQ(added(scene, {"temperature"}), "host-critical");
  scene.process(observer).uid = uid_t{0};
  EXPECT_EQ(added(scene, {"io.pressure"}), "disk-saturated") << "root sees all";
}

TEST(Explained, OneFindingForWhatHasOneReason) {
  Scene scene({Role::trainer});
  EXPECT_EQ(added(scene, {"disk.await", "io.pressure"}), "disk-saturated");
  EXPECT_EQ(added(scene, {"space.cwd", "space.tmp"}), "disk-full; disk-full") << "each is about another file system";
  EXPECT_EQ(added(scene, {"network.lost", "temperature"}), "host-critical; host-critical");
  const std::vector<CheckItem> items = {critical("disk.await"), critical("disk.await"), critical("io.pressure", 61)};
  const std::vector<Finding> found = unexplained_criticals(scene.frame, items, {});
  ASSERT_EQ(found.size(), 1U);
  ASSERT_EQ(found[0].evidence.size(), 2U) << "two disks are one reason";
  EXPECT_EQ(found[0].evidence[1].text, "io.pressure is 61 %, wanted is < 90");
  CheckItem warning = critical("io.pressure");
  warning.status = CheckStatus::warning;
  EXPECT_TRUE(unexplained_criticals(scene.frame, std::vector{warning}, {}).empty());
}

TEST(Explained, WhichFindingsExplainAnItem) {
  const auto explained = [](std::string_view rule, std::string subject, std::string_view item,
                            std::string metric = "") {
    Finding finding;
    finding.rule = rule;
    finding.subject = std::move(subject);
    finding.evidence.push_back({.metric = std::move(metric), .text = {}});
    return explains(finding, critical(item));
  };
  EXPECT_TRUE(explained("cpu-contention", "train", "cpu.busy"));
  EXPECT_TRUE(explained("cpu-oversubscribed", "train", "load"));
  EXPECT_FALSE(explained("cpu-underused", "train", "load"));
  EXPECT_FALSE(explained("cpu-oversubscribed", "host", "memory.available"));
  EXPECT_TRUE(explained("oom-risk", "host", "memory.available"));
  EXPECT_FALSE(explained("oom-risk", "train", "memory.available")) << "a run's own limit is not the host's";
  EXPECT_TRUE(explained("swap-thrash", "host", "memory.pressure"));
  EXPECT_FALSE(explained("swap-thrash", "host", "space.shm"));
  EXPECT_TRUE(explained("shm-full", "host", "space.shm"));
  EXPECT_FALSE(explained("disk-full", "host", "space.tmp", "space.cwd")) << "another file system is full";
  EXPECT_TRUE(explained("disk-full", "host", "space.tmp", "space.tmp"));
  EXPECT_FALSE(explained("host-critical", "host", "network.lost", "temperature"));
}

}  // namespace
}  // namespace vigie::rules
