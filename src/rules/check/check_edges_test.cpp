// The checklist at its edges: where a value becomes a warning, what is not known, whose group counts.
#include <gtest/gtest.h>

#include <string_view>
#include <utility>
#include <vector>

#include "rules/check/checked_host_for_tests.hpp"

namespace vigie::rules {
namespace {

/// From `warning` on it is a warning, from `critical` on critical; `set` makes a host on which it has a value.
struct Edge {
  std::string_view id;
  double warning, critical;
  void (*set)(CheckedHost& scene, double value);
};

TEST(Check, TheEdgesOfItsItems) {
  const auto pressure = [](double percent) { return Pressure{.some = {.avg10 = percent}, .full = {}}; };
  static const auto some = pressure;
  constexpr double never = 1e9;
  const Edge edges[] = {
      {"cpu.busy", 95, never, [](CheckedHost& host, double is) { host.frame.delta.host.cpu_busy_percent = 16 * is; }},
      {"cpu.iowait", 20, 50, [](CheckedHost& host, double is) { host.frame.delta.host.iowait_percent = 16 * is; }},
      {"cpu.system", 30, 60,
       [](CheckedHost& host, double is) {
         CpuShares& cpu = host.frame.delta.host.cpu;
         cpu.system = is - 5;
         cpu.irq = 2;
         cpu.softirq = 3;
       }},
      {"cpu.pressure", 20, 60, [](CheckedHost& host, double is) { host.host().cpu_pressure = some(is); }},
      {"memory.pressure", 10, 40, [](CheckedHost& host, double is) { host.host().memory_pressure = some(is); }},
      {"io.pressure", 20, 60, [](CheckedHost& host, double is) { host.host().io_pressure = some(is); }},
      {"swap.used", 5, 50,
       [](CheckedHost& host, double is) {
         (*host.host().memory).swap_total = 100'000;
         (*host.host().memory).swap_free = 100'000 - static_cast<std::uint64_t>(is * 1000);
       }},
      {"swap.traffic", 1, 20,
       [](CheckedHost& host, double is) {
         host.frame.delta.host.swapped_in_bytes_per_second = is * (1 << 19);
         host.frame.delta.host.swapped_out_bytes_per_second = is * (1 << 19);
       }},
      {"cgroup.throttled", 5, 50,
       [](CheckedHost& host, double is) { host.frame.delta.cgroups[0].throttled_percent = is; }},
      {"cgroup.pids", 80, 95,
       [](CheckedHost& host, double is) {
         host.group().pids = {.limit = 10'000, .limit_used = static_cast<std::uint64_t>(is * 100)};
       }},
      {"target.run_delay", 10, 50,
       [](CheckedHost& host, double is) { host.frame.delta.processes[0].run_delay_percent = is; }},
      {"target.major_faults", 100, 1000,
       [](CheckedHost& host, double is) { host.frame.delta.processes[0].major_faults_per_second = is; }},
      {"target.memory", 85, 95,
       [](CheckedHost& host, double is) {
         host.host().memory = Memory{.total = 10'000};
         host.snapshot.processes[0].rss_bytes = static_cast<std::uint64_t>(is * 100);
       }},
  };
  for (const Edge& edge : edges) {
    const auto at = [&](double value) {
      CheckedHost scene;
      edge.set(scene, value);
      return scene.item(edge.id, {.processes = {0}}).status;
    };
    EXPECT_EQ(at(edge.warning - 0.1), CheckStatus::ok) << edge.id;
    EXPECT_EQ(at(edge.warning), CheckStatus::warning) << edge.id;
    if (edge.critical == never) continue;
    EXPECT_EQ(at(edge.critical - 0.1), CheckStatus::warning) << edge.id;
    EXPECT_EQ(at(edge.critical), CheckStatus::critical) << edge.id;
  }
}

TEST(Check, TheEdgesOfAvailableMemory) {
  const auto at = [](double percent) {
    CheckedHost scene;
    scene.host().memory = Memory{.total = 10'000, .available = static_cast<std::uint64_t>(percent * 100)};
    return scene.item("memory.available").status;
  };
  EXPECT_EQ(at(10), CheckStatus::ok);
  EXPECT_EQ(at(9.9), CheckStatus::warning);
  EXPECT_EQ(at(5), CheckStatus::warning);
  EXPECT_EQ(at(4.9), CheckStatus::critical);
}

TEST(Check, TheEdgesOfLoad) {
  const auto at = [](double load, double pressure) {
    CheckedHost scene;
    scene.host().load1 = load;
    scene.host().cpu_pressure = Pressure{.some = {.avg10 = pressure}, .full = {}};
    return scene.item("load").status;
  };
  EXPECT_EQ(at(16, 50), CheckStatus::ok) << "a task for each CPU";
  EXPECT_EQ(at(16.1, 50), CheckStatus::warning);
  EXPECT_EQ(at(31.9, 50), CheckStatus::warning);
  EXPECT_EQ(at(32, 50), CheckStatus::critical);
  EXPECT_EQ(at(32, 20), CheckStatus::critical);
  EXPECT_EQ(at(32, 19.9), CheckStatus::ok) << "nobody waits for long";
  CheckedHost one;
  one.group().cpu.quota_cpus = 1;
  EXPECT_EQ(one.item("load").target, "<= 1");
  CheckedHost own;
  own.host().load1 = 64;
  own.group().cpu_pressure = Pressure{.some = {.avg10 = 50}, .full = {}};
  EXPECT_EQ(own.item("load").status, CheckStatus::critical) << "the pressure in its group, not the host's";
  own.group().cpu_pressure = Pressure{};
  own.host().cpu_pressure = Pressure{.some = {.avg10 = 50}, .full = {}};
  EXPECT_EQ(own.item("load").status, CheckStatus::ok);
}

TEST(Check, WhatIsNotKnownOfTheHostIsNotGuessed) {
  CheckedHost scene;
  scene.host().cpus = 0;
  scene.host().cpus_allowed = Presence::unknown;
  EXPECT_EQ(scene.item("cpu.busy").value.presence(), Presence::unknown);
  EXPECT_EQ(scene.item("load").value.presence(), Presence::unknown);
  scene.host().load1 = Presence::denied;
  EXPECT_EQ(scene.item("load").value.presence(), Presence::denied);
  scene.host().memory = Presence::denied;
  for (const char* id : {"memory.available", "swap.used"})
    EXPECT_EQ(scene.item(id).value.presence(), Presence::denied) << id;
  EXPECT_EQ(scene.item("target.memory", {.processes = {0}}).value.presence(), Presence::unknown);
  scene.host().memory = Memory{.total = 0};
  EXPECT_EQ(scene.item("memory.available").status, CheckStatus::unknown);
  EXPECT_EQ(scene.item("target.memory", {.processes = {0}}).value.presence(), Presence::unknown);
  scene.host().memory = Memory{.total = gib, .swap_total = 10, .swap_free = 11};
  EXPECT_DOUBLE_EQ(*scene.item("swap.used").value, 0) << "more is free than there is, for a moment";
}

TEST(Check, GroupsThatTellLittle) {
  CheckedHost scene;
  scene.group().pids.limit = 0;
  scene.group().pids.limit_used = 0;
  EXPECT_DOUBLE_EQ(*scene.item("cgroup.pids").value, 100) << "none may be started";
  scene.group().pids.limit_used = Presence::denied;
  EXPECT_EQ(scene.item("cgroup.pids").value.presence(), Presence::denied);
  scene.group().pids.limit = Presence::unsupported;
  EXPECT_EQ(scene.item("cgroup.pids").value.presence(), Presence::unsupported);
  scene.group().memory.oom_kills = Presence::unsupported;
  EXPECT_EQ(scene.item("cgroup.oom_kills").value.presence(), Presence::unsupported);
  scene.frame.delta.cgroups.clear();
  EXPECT_EQ(scene.item("cgroup.throttled").value.presence(), Presence::first_sight);
  scene.group().layout = CgroupLayout::none;
  for (const CheckItem& item : scene.items()) EXPECT_FALSE(item.id.starts_with("cgroup.")) << item.id;
}

TEST(Check, TheFirstGroupThatCouldBeReadCountsAndWithoutATargetThatOfVigie) {
  CheckedHost scene;
  const auto add = [&](pid_t pid, double quota, double throttled) {
    ProcessSample process = scene.snapshot.processes[0];
    process.id.pid = pid;
    scene.snapshot.processes.push_back(process);
    scene.frame.delta.processes.emplace_back();
    ProcessDetail detail;
    detail.id = process.id;
    detail.cgroup = scene.group();
    (*detail.cgroup).cpu.quota_cpus = quota;
    scene.snapshot.details.push_back(detail);
    scene.frame.delta.cgroups.push_back({.throttled_percent = throttled});
  };
  add(200, 2, 7);
  add(300, 4, 8);
  scene.snapshot.processes[0].cpus_allowed = 5U;
  EXPECT_EQ(scene.item("load", {.processes = {0}}).target, "<= 5") << "its own group limits nothing, its mask does";
  scene.snapshot.details[0].cgroup = Presence::denied;
  EXPECT_EQ(scene.item("load", {.processes = {0}}).target, "<= 2");
  EXPECT_DOUBLE_EQ(*scene.item("cgroup.throttled").value, 7);
  scene.snapshot.observer = 300;
  EXPECT_EQ(scene.item("load").target, "<= 4");
  EXPECT_DOUBLE_EQ(*scene.item("cgroup.throttled").value, 8);
  EXPECT_EQ(scene.item("load", {.processes = {0}}).target, "<= 2") << "of a target vigie's own says nothing";
}

TEST(Check, ATargetIsTheWorstOrTheSumOfItsProcesses) {
  CheckedHost scene;
  for (const pid_t pid : {101, 102}) {
    ProcessSample process = scene.snapshot.processes[0];
    process.id.pid = pid;
    scene.snapshot.processes.push_back(process);
    scene.frame.delta.processes.emplace_back();
  }
  scene.frame.delta.processes[0].run_delay_percent = Presence::denied;
  scene.frame.delta.processes[0].major_faults_per_second = Presence::denied;
  const CheckSubject all{.processes = {0, 1, 2}};
  EXPECT_EQ(scene.item("target.run_delay", all).value.presence(), Presence::not_read)
      << "why it is not known of the last";
  for (const std::size_t i : {1U, 2U}) {
    scene.frame.delta.processes[i].run_delay_percent = 30 - 10.0 * static_cast<double>(i);
    scene.frame.delta.processes[i].major_faults_per_second = 60;
  }
  EXPECT_DOUBLE_EQ(*scene.item("target.run_delay", all).value, 20);
  EXPECT_DOUBLE_EQ(*scene.item("target.major_faults", all).value, 120);
  scene.frame.delta.processes.resize(2);
  EXPECT_DOUBLE_EQ(*scene.item("target.major_faults", all).value, 60) << "it has just begun";
  scene.snapshot.processes[1].state = 't';
  scene.snapshot.processes[2].state = 'T';
  EXPECT_DOUBLE_EQ(*scene.item("target.stopped", all).value, 2);
}

TEST(Check, ProcessesOfAFrozenGroupLookAsleep) {
  CheckedHost scene;
  scene.frame.view.runs.resize(2);
  scene.frame.view.runs[0].state = RunState::paused;
  scene.frame.view.run_of = {0};
  EXPECT_DOUBLE_EQ(*scene.item("target.stopped", {.processes = {0}}).value, 1);
  scene.frame.view.run_of = {1};
  EXPECT_DOUBLE_EQ(*scene.item("target.stopped", {.processes = {0}}).value, 0);
  scene.frame.view.run_of = {-1};
  EXPECT_DOUBLE_EQ(*scene.item("target.stopped", {.processes = {0}}).value, 0);
  scene.frame.view.run_of = {};
  EXPECT_DOUBLE_EQ(*scene.item("target.stopped", {.processes = {0}}).value, 0);
}

TEST(Check, TheWorstOfAll) {
  const auto item = [](CheckStatus status, Presence presence = Presence::denied) {
    CheckItem one;
    one.status = status;
    one.value = presence;
    return one;
  };
  using enum CheckStatus;
  const std::pair<std::vector<CheckStatus>, CheckStatus> cases[] = {
      {{ok, ok}, ok},
      {{ok, unknown}, unknown},
      {{unknown, warning, ok}, warning},
      {{warning, critical, unknown}, critical},
      {{critical, warning}, critical},
  };
  for (const auto& [statuses, worst] : cases) {
    std::vector<CheckItem> items;
    for (const CheckStatus status : statuses) items.push_back(item(status));
    EXPECT_EQ(overall(items), worst);
  }
  for (const Presence presence : {Presence::unsupported, Presence::first_sight}) {
    EXPECT_EQ(overall(std::vector{item(unknown, presence)}), unknown) << "nothing was judged";
    EXPECT_EQ(overall(std::vector{item(ok), item(unknown, presence)}), ok);
    EXPECT_EQ(overall(std::vector{item(critical, presence)}), critical);
  }
}

}  // namespace
}  // namespace vigie::rules
