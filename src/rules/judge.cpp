#include "rules/judge.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/units.hpp"
#include "rules/post_mortem.hpp"
#include "rules/rule.hpp"
#include "rules/stalled.hpp"

namespace vigie {
namespace {

using Rule = std::optional<Finding> (*)(const Case&);

/// The order of decision: what masquerades as the rest comes first. Stopped, broken and hung, throttled, memory, what
/// is full; then ranks, then CPU, then the loader, then copies and launches; then what is wrong beside all that.
constexpr Rule rules[] = {
    stopped,         gpu_error,          waits_for_lock, waits_for_person, hung,        gpu_throttled,  cpu_throttled,
    oom_risk,        memory_leak,        swap_thrash,    shm_full,         disk_full,   fd_limit,       rank_straggler,
    collective_wait, cpu_oversubscribed, cpu_contention, cpu_underused,    loader_disk, loader_network, loader_cpu,
    loader_serial,   copy_bound,         launch_bound,   disk_saturated,   zombies,
};
/// What is said only when nothing else explains it.
constexpr Rule last_resort[] = {gpu_idle, gpu_power_limited};
/// Those that have something to say about a machine as a whole.
constexpr Rule host_rules[] = {gpu_error, oom_risk, swap_thrash, shm_full, disk_full, disk_saturated, gpu_memory_held};

/// A run in which nothing moves waits for nothing else.
bool is_the_whole_story(const Finding& finding) {
  return finding.rule == "stopped" || finding.rule == "hung" || finding.rule == "collective-wait";
}

/// The step rate, where it is known: what an action that helps will change.
void add_progress(const Case& run, Finding& finding) {
  if (!run.run().progress) return;
  const Progress& progress = *run.run().progress;
  const std::int64_t now = run.frame().snapshot->after.wall_ns;
  if (const auto still = stalled_seconds(progress, now, usual_pause(progress).has_value())) {
    finding.evidence.push_back(run.evidence("progress_age_seconds", *still, patience_with(progress),
                                            fmt::format("no step for {}", human_duration(*still))));
    return;
  }
  const std::optional<double> rate = rate_of(progress);
  if (!rate) return;
  finding.evidence.push_back(
      run.evidence("progress_rate_per_second", *rate, 0,
                   fmt::format("{:.2f} {} per second by its progress bar", *rate,
                               progress.unit.empty() ? std::string_view("steps") : progress.unit)));
}

/// Whether anything was found.
bool apply(std::span<const Rule> all, const Case& facts, std::vector<Finding>& findings) {
  bool primary = true;
  for (const Rule rule : all) {
    std::optional<Finding> finding = rule(facts);
    if (!finding) continue;
    finding->primary = std::exchange(primary, false);
    if (!is_the_whole_story(*finding)) add_progress(facts, *finding);
    findings.push_back(std::move(*finding));
    if (is_the_whole_story(findings.back())) break;
  }
  return !primary;
}

/// The machine as a run of nobody.
Run host_run() {
  Run host;
  host.name = host_subject;
  return host;
}

}  // namespace

std::vector<Finding> judge(std::span<const Frame> window) {
  std::vector<Finding> findings;
  if (window.empty()) return findings;
  const Frame& newest = window.back();
  for (const Run& run : newest.view.runs) {
    if (is_over(run.state)) {
      if (std::optional<Finding> ended = post_mortem(newest, run)) findings.push_back(std::move(*ended));
    } else {
      const Case facts(window, run);
      if (!apply(rules, facts, findings)) apply(last_resort, facts, findings);
    }
  }
  const Run host = host_run();
  apply(host_rules, Case(window, host), findings);
  return findings;
}

std::vector<Suspicion> suspicions(std::span<const Frame> window) {
  constexpr std::optional<Suspicion> (*all[])(const Case&) = {suspects_hang, suspects_lock, suspects_growth,
                                                              suspects_idle_gpu};
  std::vector<Suspicion> found;
  if (window.empty() || window.back().delta.elapsed_seconds <= 0) return found;  // one look shows nothing over time
  for (const Run& run : window.back().view.runs) {
    if (is_over(run.state) || run.state == RunState::paused) continue;
    const Case facts(window, run);
    for (const auto suspects : all) {
      if (std::optional<Suspicion> one = suspects(facts)) found.push_back(std::move(*one));
    }
  }
  return found;
}

double more_seconds_wanted(std::span<const Frame> window) {
  if (window.empty()) return 0;
  double wanted = 0;
  for (const Suspicion& one : suspicions(window)) {
    if (one.now) wanted = std::max(wanted, one.wants_seconds);
  }
  return std::max(0.0, wanted - window.back().delta.elapsed_seconds);
}

}  // namespace vigie
