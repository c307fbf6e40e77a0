#include "rules/check/check.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <memory>

#include "model/cgroup.hpp"

namespace vigie::rules {
namespace {

constexpr std::uint64_t gib = 1ULL << 30U;

/// A healthy host of 16 CPUs and 64 GiB with one process, whose group limits nothing.
class Scene {
 public:
  Scene() {
    host().cpus = 16;
    host().cpus_allowed = 16U;
    host().memory = Memory{.total = 64 * gib, .available = 40 * gib};
    host().load1 = 3.0;
    host().cpu_pressure = host().io_pressure = host().memory_pressure = Pressure{};
    host().disks = Presence::unsupported;  // devices have tests of their own
    host().interfaces = Presence::unsupported;
    host().mounts = Presence::unsupported;
    host().sensors = Presence::unsupported;
    host().paging = Paging{.oom_kills = 0};
    frame.delta.host.cpu.system = frame.delta.host.cpu.irq = frame.delta.host.cpu.softirq = 0;
    frame.delta.host.swapped_in_bytes_per_second = frame.delta.host.swapped_out_bytes_per_second = 0;
    frame.delta.elapsed_seconds = 1;
    frame.delta.host.cpu_busy_percent = 320;
    frame.delta.host.iowait_percent = 0;
    ProcessSample process;
    process.id = {100, 1000};
    process.state = 'S';
    process.cpus_allowed = 16U;
    process.rss_bytes = gib;
    snapshot.processes.push_back(process);
    frame.delta.processes.emplace_back();
    frame.delta.processes[0].run_delay_percent = 0;
    frame.delta.processes[0].major_faults_per_second = 0;
    ProcessDetail detail;
    detail.id = process.id;
    CgroupSample sample;
    sample.layout = CgroupLayout::v2;
    sample.cpu.quota_cpus = std::numeric_limits<double>::infinity();
    sample.memory.bytes.limit = sample.pids.limit = unlimited;
    sample.memory.oom_kills = 0;
    detail.cgroup = sample;
    snapshot.details.push_back(detail);
    frame.delta.cgroups.push_back({});
    frame.delta.cgroups[0].throttled_percent = 0;
  }

  HostSample& host() { return snapshot.host; }
  CgroupSample& group() { return *snapshot.details[0].cgroup; }
  std::vector<CheckItem> items(const CheckSubject& subject = {}) {
    frame.snapshot = std::make_shared<const Snapshot>(snapshot);
    return check(frame, subject);
  }
  CheckItem item(std::string_view id, const CheckSubject& subject = {}) {
    const std::vector<CheckItem> all = items(subject);
    const auto found = std::ranges::find(all, id, &CheckItem::id);
    if (found != all.end()) return *found;
    ADD_FAILURE() << "no item " << id;
    return {};
  }

  Snapshot snapshot;
  Frame frame;
};

TEST(Check, AHealthyHostIsOkThroughout) {
  Scene scene;
  for (const CheckItem& item : scene.items({.processes = {0}})) {
    if (item.value.presence() == Presence::unsupported) continue;
    EXPECT_EQ(item.status, CheckStatus::ok) << item.id << ": " << item.advice;
  }
  EXPECT_EQ(overall(scene.items()), CheckStatus::ok);
}

TEST(Check, WithoutATargetNothingIsSaidOfOne) {
  Scene scene;
  for (const CheckItem& item : scene.items()) EXPECT_FALSE(item.id.starts_with("target."));
}

TEST(Check, LoadIsJudgedAgainstTheCpusAllowed) {
  Scene scene;
  scene.host().load1 = 6.0;
  scene.host().cpu_pressure = Pressure{.some = {.avg10 = 50}, .full = {}};
  EXPECT_EQ(scene.item("load").status, CheckStatus::ok);
  scene.group().cpu.quota_cpus = 4.0;
  EXPECT_EQ(scene.item("load").status, CheckStatus::warning);
  scene.group().cpu.cpuset_cpus = 2U;
  EXPECT_EQ(scene.item("load").status, CheckStatus::critical);
  EXPECT_EQ(scene.item("load").target, "<= 2");
}

TEST(Check, ALoadThatNobodyWaitsForIsNoTrouble) {
  Scene scene;
  scene.host().load1 = 64.0;
  EXPECT_EQ(scene.item("load").status, CheckStatus::ok);
  scene.host().cpu_pressure = Presence::unsupported;
  EXPECT_EQ(scene.item("load").status, CheckStatus::critical) << "without pressure the load has to do";
}

TEST(Check, MemoryIsThatOfTheGroupWhenItIsLess) {
  Scene scene;
  scene.group().memory.bytes.limit = 8 * gib;
  scene.group().memory.bytes.limit_group = "/jobs";
  scene.group().memory.bytes.limit_used = 8 * gib - gib / 2;
  scene.group().memory.inactive_file = 0;
  const CheckItem full = scene.item("memory.available");
  EXPECT_EQ(full.status, CheckStatus::warning);
  EXPECT_DOUBLE_EQ(*full.value, 6.25);
  EXPECT_NE(full.advice.find("/jobs"), std::string::npos) << full.advice;
  EXPECT_NE(full.advice.find("the host has 40"), std::string::npos) << full.advice;
  scene.group().memory.inactive_file = 4 * gib;
  EXPECT_EQ(scene.item("memory.available").status, CheckStatus::ok) << "page cache can be given back";
}

TEST(Check, AGroupLimitAboveTheHostsMemoryIsNone) {
  Scene scene;
  scene.group().memory.bytes.limit = 128 * gib;
  scene.group().memory.bytes.limit_used = 127 * gib;
  EXPECT_DOUBLE_EQ(*scene.item("memory.available").value, 62.5);
}

TEST(Check, Throttling) {
  Scene scene;
  scene.group().cpu.quota_cpus = 1.5;
  scene.group().cpu.quota_group = "/jobs";
  scene.frame.delta.cgroups[0].throttled_percent = 60;
  const CheckItem item = scene.item("cgroup.throttled");
  EXPECT_EQ(item.status, CheckStatus::critical);
  EXPECT_NE(item.advice.find("1.5 CPUs of /jobs"), std::string::npos) << item.advice;
}

TEST(Check, TasksNearTheirLimit) {
  Scene scene;
  scene.group().pids = {.limit = 100, .limit_group = "/jobs", .limit_used = 96, .used = 10};
  EXPECT_EQ(scene.item("cgroup.pids").status, CheckStatus::critical);
}

TEST(Check, KillsForWantOfMemory) {
  Scene scene;
  scene.group().memory.oom_kills = 1;
  EXPECT_EQ(scene.item("cgroup.oom_kills").status, CheckStatus::warning);
}

TEST(Check, SwapIsToBeNearZero) {
  Scene scene;
  EXPECT_EQ(scene.item("swap.used").status, CheckStatus::ok) << "no swap";
  (*scene.host().memory).swap_total = 10 * gib;
  (*scene.host().memory).swap_free = 9 * gib;
  EXPECT_EQ(scene.item("swap.used").status, CheckStatus::warning);
}

TEST(Check, ATargetThatWaitsForCpus) {
  Scene scene;
  scene.frame.delta.processes[0].run_delay_percent = 30;
  EXPECT_EQ(scene.item("target.run_delay", {.processes = {0}}).status, CheckStatus::warning);
  scene.snapshot.processes[0].state = 'T';
  EXPECT_EQ(scene.item("target.stopped", {.processes = {0}}).status, CheckStatus::warning);
}

TEST(Check, TheMemoryOfATargetCountsSharedPagesOnce) {
  Scene scene;
  scene.group().memory.bytes.limit = 4 * gib;
  scene.group().memory.bytes.limit_used = 2 * gib;
  scene.snapshot.processes[0].shared_bytes = gib / 2;
  ProcessSample worker = scene.snapshot.processes[0];
  worker.id.pid = 101;
  scene.snapshot.processes.push_back(worker);
  scene.frame.delta.processes.push_back(scene.frame.delta.processes[0]);
  EXPECT_DOUBLE_EQ(*scene.item("target.memory", {.processes = {0, 1}}).value, 37.5);
}

TEST(Check, WhatIsUnknownSaysWhyAndWhatIsMissingDoesNotCount) {
  Scene scene;
  scene.host().io_pressure = Presence::unsupported;
  const CheckItem item = scene.item("io.pressure");
  EXPECT_EQ(item.status, CheckStatus::unknown);
  EXPECT_NE(item.advice.find("does not offer"), std::string::npos);
  EXPECT_EQ(overall(scene.items()), CheckStatus::ok);
  scene.host().io_pressure = Presence::denied;
  EXPECT_EQ(overall(scene.items()), CheckStatus::unknown);
  scene.group().memory.oom_kills = 1;
  EXPECT_EQ(overall(scene.items()), CheckStatus::warning) << "a warning is worse than not knowing";
  EXPECT_EQ(overall({}), CheckStatus::unknown);
}

TEST(Check, WhereProcessesAreHiddenFewAreNoAnswer) {
  Scene scene;
  EXPECT_EQ(scene.item("tasks.zombies").status, CheckStatus::ok);
  scene.snapshot.sources.push_back({.name = std::string(hidden_processes), .state = SourceState::denied, .reason = {}});
  for (const char* id : {"tasks.zombies", "tasks.disk"}) {
    EXPECT_EQ(scene.item(id).status, CheckStatus::unknown) << id;
    EXPECT_EQ(scene.item(id).value.presence(), Presence::denied) << id;
  }
  ProcessSample zombie = scene.snapshot.processes[0];
  zombie.state = 'Z';
  for (int i = 0; i < 20; ++i) scene.snapshot.processes.push_back(zombie);
  EXPECT_EQ(scene.item("tasks.zombies").status, CheckStatus::warning) << "as many as can be seen are too many already";
}

}  // namespace
}  // namespace vigie::rules
