#include "rules/check/check.hpp"

#include <gtest/gtest.h>

#include "rules/check/checked_host_for_tests.hpp"

namespace vigie::rules {
namespace {

TEST(Check, AHealthyHostIsOkThroughout) {
  CheckedHost scene;
  for (const CheckItem& item : scene.items({.processes = {0}})) {
    note_words(item);
    if (item.value.presence() == Presence::unsupported) continue;
    EXPECT_EQ(item.status, CheckStatus::ok) << item.id << ": " << item.advice;
  }
  EXPECT_EQ(overall(scene.items()), CheckStatus::ok);
}

TEST(Check, WithoutATargetNothingIsSaidOfOne) {
  CheckedHost scene;
  for (const CheckItem& item : scene.items()) EXPECT_FALSE(item.id.starts_with("target."));
}

TEST(Check, LoadIsJudgedAgainstTheCpusAllowed) {
  CheckedHost scene;
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
  CheckedHost scene;
  scene.host().load1 = 64.0;
  EXPECT_EQ(scene.item("load").status, CheckStatus::ok);
  scene.host().cpu_pressure = Presence::unsupported;
  EXPECT_EQ(scene.item("load").status, CheckStatus::critical) << "without pressure the load has to do";
}

TEST(Check, MemoryIsThatOfTheGroupWhenItIsLess) {
  CheckedHost scene;
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
  CheckedHost scene;
  scene.group().memory.bytes.limit = 128 * gib;
  scene.group().memory.bytes.limit_used = 127 * gib;
  EXPECT_DOUBLE_EQ(*scene.item("memory.available").value, 62.5);
}

TEST(Check, Throttling) {
  CheckedHost scene;
  scene.group().cpu.quota_cpus = 1.5;
  scene.group().cpu.quota_group = "/jobs";
  scene.frame.delta.cgroups[0].throttled_percent = 60;
  const CheckItem item = scene.item("cgroup.throttled");
  EXPECT_EQ(item.status, CheckStatus::critical);
  EXPECT_NE(item.advice.find("1.5 CPUs of /jobs"), std::string::npos) << item.advice;
}

TEST(Check, TasksNearTheirLimit) {
  CheckedHost scene;
  scene.group().pids = {.limit = 100, .limit_group = "/jobs", .limit_used = 96, .used = 10};
  EXPECT_EQ(scene.item("cgroup.pids").status, CheckStatus::critical);
}

TEST(Check, KillsForWantOfMemory) {
  CheckedHost scene;
  scene.group().memory.oom_kills = 1;
  EXPECT_EQ(scene.item("cgroup.oom_kills").status, CheckStatus::warning);
}

TEST(Check, SwapIsToBeNearZero) {
  CheckedHost scene;
  EXPECT_EQ(scene.item("swap.used").status, CheckStatus::ok) << "no swap";
  (*scene.host().memory).swap_total = 10 * gib;
  (*scene.host().memory).swap_free = 9 * gib;
  EXPECT_EQ(scene.item("swap.used").status, CheckStatus::warning);
}

TEST(Check, ATargetThatWaitsForCpus) {
  CheckedHost scene;
  scene.frame.delta.processes[0].run_delay_percent = 30;
  EXPECT_EQ(scene.item("target.run_delay", {.processes = {0}}).status, CheckStatus::warning);
  scene.snapshot.processes[0].state = 'T';
  EXPECT_EQ(scene.item("target.stopped", {.processes = {0}}).status, CheckStatus::warning);
}

TEST(Check, TheMemoryOfATargetCountsSharedPagesOnce) {
  CheckedHost scene;
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
  CheckedHost scene;
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
  CheckedHost scene;
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
