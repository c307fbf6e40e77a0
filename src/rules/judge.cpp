#include "rules/judge.hpp"

#include <algorithm>
#include <optional>
#include <ranges>
#include <utility>

#include <fmt/format.h>

#include "base/units.hpp"
#include "rules/ended/post_mortem.hpp"
#include "rules/facts/stalled.hpp"
#include "rules/table.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

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

/// Adds what the judge knows of a finding and its rule does not.
void complete(const Rule& rule, const Case& facts, Finding& finding) {
  finding.rule = rule.id;
  if (!rule.whole_story) add_progress(facts, finding);
}

/// Whether the rules that are `asked` found anything. Of a young run only findings that hold at its age count.
bool apply(bool (*asked)(const Rule&), const Case& facts, bool young, std::vector<Finding>& findings) {
  bool primary = true;
  for (const Rule& rule : table | std::views::filter(asked)) {
    std::optional<Finding> finding = rule.apply(facts);
    if (!finding || (young && !rule.holds_when_young && !finding->at_any_age)) continue;
    finding->primary = std::exchange(primary, false);
    complete(rule, facts, *finding);
    findings.push_back(std::move(*finding));
    if (rule.whole_story) break;
  }
  return !primary;
}

bool of_runs(const Rule& rule) {
  return rule.stage == Stage::run;
}
bool of_last_resort(const Rule& rule) {
  return rule.stage == Stage::last_resort;
}
bool of_host(const Rule& rule) {
  return rule.of_host || rule.stage == Stage::host;
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

void judge_run(std::span<const Frame> window, const Run& run, std::vector<Finding>& findings) {
  const Frame& newest = window.back();
  if (is_over(run.state)) {
    if (std::optional<Finding> ended = post_mortem(newest, run)) findings.push_back(std::move(*ended));
    return;
  }
  const Case facts(window, run);
  const bool young = missing_seconds(newest, run) > 0;
  if (!apply(of_runs, facts, young, findings)) apply(of_last_resort, facts, young, findings);
}

}  // namespace

std::vector<Finding> judge(std::span<const Frame> window) {
  std::vector<Finding> findings;
  if (window.empty()) return findings;
  for (const Run& run : window.back().view.runs) judge_run(window, run, findings);
  const Run host = host_run();
  const bool one_look = window.back().delta.elapsed_seconds <= 0;  // it shows what is full, and nothing over time
  apply(of_host, Case(window, host), one_look, findings);
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
  std::vector<Suspicion> found;
  if (window.empty() || window.back().delta.elapsed_seconds <= 0) return found;  // one look shows nothing over time
  for (const Run& run : window.back().view.runs) {
    if (is_over(run.state) || run.state == RunState::paused) continue;
    const Case facts(window, run);
    for (const Rule& rule : table) {
      if (rule.suspects == nullptr) continue;
      std::optional<Suspicion> one = rule.suspects(facts, rule.wants_seconds);
      if (!one) continue;
      one->rule = rule.id;
      found.push_back(std::move(*one));
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
