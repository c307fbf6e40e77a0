// A run on a host, made by hand, for the tests of the rules.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/judge.hpp"
#include "rules/noted_for_tests.hpp"
#include "rules/table.hpp"

namespace vigie::rules {

/// Rules of the table that found something, or suspected it, in some test of this program: table_test looks at the end.
inline std::set<const Rule*> found_by_tests, suspected_by_tests;

inline void note_rules(std::span<const Frame> window) {
  const Run host = host_run();
  const auto note = [&](const Rule& rule, const Run& run) {
    const Case facts(window, run);
    if (rule.apply != nullptr && rule.apply(facts)) found_by_tests.insert(&rule);
    if (rule.suspects != nullptr && rule.suspects(facts, rule.wants_seconds)) suspected_by_tests.insert(&rule);
  };
  for (const Rule& rule : table) {
    note(rule, host);
    for (const Run& run : window.back().view.runs) note(rule, run);
  }
}

inline StateShares shares(double running, double asleep, double alone) {
  StateShares result;
  result.looks = 40;
  result.running = running;
  result.asleep = result.in_poll = asleep;
  result.alone = alone;
  result.threads_running = running;
  return result;
}

/// One run on a host of 4 CPUs, two of them idle, watched for 4 s, a minute and a half after its start.
class Scene {
 public:
  explicit Scene(std::initializer_list<Role> roles) {
    now.before = now.after = {.boot_ns = 100 * nanoseconds_per_second, .wall_ns = 1000 * nanoseconds_per_second};
    now.host.cpus = 4;
    frame.delta.elapsed_seconds = 4;
    frame.delta.host.cpu_idle_percent = 200;
    Run run;
    run.id = "abc123";
    run.name = "train";
    frame.view.runs.push_back(run);
    for (const Role role : roles) add(role);
  }

  /// A process more; workers belong to the first one.
  std::size_t add(Role role) {
    const std::size_t index = now.processes.size();
    ProcessSample process;
    process.id = {static_cast<pid_t>(10 + index), 1000};
    process.ppid = index == 0 ? 1 : 10;
    process.state = 'S';
    process.comm = "python3";
    process.threads = 4;
    if (index == 0) run().leader = process.id;
    now.processes.push_back(process);
    frame.delta.processes.emplace_back();
    frame.view.run_of.push_back(0);
    run().members.push_back({.process = index,
                             .role = role,
                             .number = static_cast<int>(index),
                             .trainer = role == Role::loader_worker ? 0 : -1});
    return index;
  }
  /// A process of another user.
  std::size_t add_other(std::string comm, double cpu_percent) {
    const std::size_t index = add(Role::other);
    run().members.pop_back();
    frame.view.run_of.back() = -1;
    now.processes[index].comm = std::move(comm);
    rates(index).cpu_percent = cpu_percent;
    return index;
  }

  Run& run() { return frame.view.runs[0]; }
  ProcessSample& process(std::size_t index) { return now.processes[index]; }
  ProcessRates& rates(std::size_t index) { return frame.delta.processes[index]; }
  /// What is known in depth of a process.
  ProcessDetail& detail(std::size_t index) {
    for (std::size_t i = 0; i < now.details.size(); ++i) {
      if (now.details[i].id == now.processes[index].id) return now.details[i];
    }
    now.details.emplace_back().id = now.processes[index].id;
    frame.delta.cgroups.emplace_back();
    return now.details.back();
  }
  /// How it was in each of so many seconds before: `then` changes a copy of now, given the time (-seconds to -1).
  void history(int seconds, std::function<void(Snapshot&, double)> then) {
    past_ = seconds;
    change_ = std::move(then);
  }

  std::vector<Finding> verdict() {
    std::vector<Frame> window;
    for (int second = -past_; second < 0; ++second) {
      Snapshot snapshot = now;
      snapshot.before.boot_ns += second * nanoseconds_per_second;
      snapshot.before.wall_ns += second * nanoseconds_per_second;
      change_(snapshot, second);
      Frame earlier;
      earlier.snapshot = std::make_shared<const Snapshot>(std::move(snapshot));
      earlier.view = frame.view;
      window.push_back(std::move(earlier));
    }
    frame.snapshot = std::make_shared<const Snapshot>(now);
    window.push_back(frame);
    note_rules(window);
    wanted = more_seconds_wanted(window);
    suspected = suspicions(window);
    std::vector<Finding> findings = judge(window);
    note_numbers(findings);
    for (const Suspicion& one : suspected) note_words(one);
    for (const Finding& one : findings) note_words(one);
    return findings;
  }
  /// The rules about the run, in order, joined by spaces.
  std::string rules(std::string_view subject = "train") {
    std::string text;
    for (const Finding& finding : verdict()) {
      if (finding.subject == subject) text += (text.empty() ? "" : " ") + std::string(finding.rule);
    }
    return text;
  }

  Snapshot now;
  Frame frame;
  std::vector<Suspicion> suspected;  ///< of the last verdict
  double wanted = 0;                 ///< more_seconds_wanted of the last verdict

 private:
  int past_ = 0;
  std::function<void(Snapshot&, double)> change_;
};

/// A run with so many zombies, seen in three looks and now.
inline Scene with_zombies(std::size_t count) {
  Scene scene({Role::other});
  scene.rates(0).states = shares(0.5, 0.5, 0.5);
  scene.rates(0).cpu_percent = 50.0;
  for (std::size_t i = 0; i < count; ++i) scene.process(scene.add(Role::other)).state = 'Z';
  scene.history(3, [](Snapshot&, double) {});
  return scene;
}

}  // namespace vigie::rules
