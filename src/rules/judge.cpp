#include "rules/judge.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/units.hpp"
#include "rules/case.hpp"
#include "rules/ended/post_mortem.hpp"
#include "rules/facts/stalled.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

struct Rule {
  std::optional<Finding> (*apply)(const Case&);
  /// What is true of a run that began a moment ago; the rest of what such a run shows may well be its start.
  bool when_young = false;
  /// A run in which nothing moves waits for nothing else.
  bool whole_story = false;
};

/// The order of decision: what masquerades as the rest comes first. Stopped, broken and hung, throttled, memory, what
/// is full; then ranks, then CPU, then the loader, then copies and launches; then what is wrong beside all that.
constexpr Rule rules[] = {
    {stopped, true, true}, {gpu_error},         {waits_for_lock},
    {waits_for_person},    {hung, false, true}, {gpu_throttled},
    {cpu_throttled},       {oom_risk, true},    {memory_leak},
    {swap_thrash},         {shm_full, true},    {disk_full, true},
    {fd_limit, true},      {rank_straggler},    {collective_wait, false, true},
    {cpu_oversubscribed},  {cpu_contention},    {cpu_underused},
    {loader_disk},         {loader_network},    {loader_cpu},
    {loader_serial},       {copy_bound},        {launch_bound},
    {disk_saturated},      {zombies},
};
/// What is said only when nothing else explains it.
constexpr Rule last_resort[] = {{gpu_idle}, {gpu_power_limited}};
/// Those that have something to say about a machine as a whole.
constexpr Rule host_rules[] = {{gpu_error}, {oom_risk},       {swap_thrash},    {shm_full},
                               {disk_full}, {disk_saturated}, {gpu_memory_held}};

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

/// Whether anything was found. Of a young run only what holds of it.
bool apply(std::span<const Rule> all, const Case& facts, bool young, std::vector<Finding>& findings) {
  bool primary = true;
  for (const Rule& rule : all) {
    std::optional<Finding> finding = rule.apply(facts);
    if (!finding || (young && !rule.when_young && !finding->at_any_age)) continue;
    finding->primary = std::exchange(primary, false);
    if (!rule.whole_story) add_progress(facts, *finding);
    findings.push_back(std::move(*finding));
    if (rule.whole_story) break;
  }
  return !primary;
}

/// Seconds that a run must have run yet for the window to say anything; 0 or less: it is old enough. A run whose main
/// process has ended does not start any more.
double missing_seconds(const Frame& frame, const Run& run) {
  const ProcessSample* const leader = frame.snapshot->find(run.leader);
  if (is_over(run.state) || (leader != nullptr && has_ended(*leader))) return 0;
  const Instant& now = frame.snapshot->after;
  std::int64_t age_ns = 0;
  if (leader != nullptr) {
    age_ns = std::max<std::int64_t>(now.boot_ns - start_boot_ns(leader->id), 0);
  } else if (run.started_wall_ns) {
    age_ns = now.wall_ns - *run.started_wall_ns;
  }
  return frame.delta.elapsed_seconds + thresholds::settling_seconds -
         static_cast<double>(age_ns) / nanoseconds_per_second;
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
      const bool young = missing_seconds(newest, run) > 0;
      if (!apply(rules, facts, young, findings)) apply(last_resort, facts, young, findings);
    }
  }
  const Run host = host_run();
  const bool one_look = newest.delta.elapsed_seconds <= 0;  // it shows what is full, and nothing over time
  apply(host_rules, Case(window, host), one_look, findings);
  return findings;
}

std::vector<TooEarly> too_early(const Frame& newest) {
  std::vector<TooEarly> young;
  for (const Run& run : newest.view.runs) {
    const double missing = missing_seconds(newest, run);
    if (missing > 0) {
      young.push_back({.subject = run.name,
                       .began_within_seconds = newest.delta.elapsed_seconds + thresholds::settling_seconds,
                       .settles_in_seconds = missing});
    }
  }
  return young;
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

}  // namespace vigie::rules
