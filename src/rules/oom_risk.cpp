// oom-risk: memory that will be at its limit soon, or is.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "rules/facts/consumers.hpp"
#include "rules/facts/memory_use.hpp"
#include "rules/facts/time_text.hpp"
#include "rules/rule.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

/// Whether the run is the one whose memory counts: it is alone under its limit, or the largest of the host.
bool is_culprit(const Case& run, const MemoryUse& use) {
  if (use.limited || run.is_host()) return true;
  const std::vector<Consumer> largest = largest_consumers(run.frame(), memory_of(run.frame()), 1);
  return !largest.empty() && largest.front().run && largest.front().name == run.run().name;
}

std::string largest_member(const Case& run) {
  if (run.is_host()) {
    const std::vector<Consumer> largest = largest_consumers(run.frame(), memory_of(run.frame()), 1);
    return largest.empty() ? std::string()
                           : fmt::format("{}{} has {}", largest.front().run ? "run " : "", largest.front().name,
                                         bytes_text(largest.front().amount));
  }
  const Member* most = nullptr;
  for (const Member& member : run.run().members) {
    if (most == nullptr || run.process(member).rss_bytes > run.process(*most).rss_bytes) most = &member;
  }
  if (most == nullptr) return {};
  return fmt::format("{} has {}", run.name_of(*most), bytes_text(static_cast<double>(run.process(*most).rss_bytes)));
}

}  // namespace

std::optional<Finding> oom_risk(const Case& run) {
  const std::optional<MemoryUse> use = memory_use_of(run);
  if (!use || !is_culprit(run, *use)) return std::nullopt;
  const double percent = 100 * use->used / use->limit;
  if (percent < thresholds::oom_used_percent) return std::nullopt;
  const std::vector<Point> points = memory_over_time(run);
  const std::optional<Trend> trend = trend_of(points);
  std::optional<TimeLeft> left;
  if (trend && points.size() >= 4 && (run.is_host() || run.age() > run.window()) && goes_on(points, *trend) &&
      grows_steadily(*trend, points.front().value))
    left = time_left(*trend, std::max(0.0, use->limit + use->swap_left - use->used));
  const bool soon = left && left->seconds <= thresholds::time_left_seconds;
  // With swap to spare it gets slow before it gets killed.
  const bool full =
      percent >= thresholds::oom_full_percent && use->swap_left < (1 - thresholds::oom_full_percent / 100) * use->limit;
  if (!soon && !full) return std::nullopt;
  Finding finding = run.finding(Severity::critical, soon ? 0.9 : 0.75);
  finding.summary = soon ? fmt::format("will reach {} ({}) in {}", use->of, bytes_text(use->limit), time_text(*left))
                         : fmt::format("uses {:.0f} % of {} ({})", percent, use->of, bytes_text(use->limit));
  finding.evidence.push_back(
      run.evidence("memory_used_percent", percent, soon ? thresholds::oom_used_percent : thresholds::oom_full_percent,
                   fmt::format("{} of {} used, {:.0f} %", bytes_text(use->used), bytes_text(use->limit), percent)));
  if (soon) {
    Evidence growth =
        run.evidence("growth_bytes_per_second", trend->per_second, 0,
                     fmt::format("grows by {} (over {:.0f} s)", rate_text(trend->per_second), trend->seconds));
    growth.window_seconds = trend->seconds;
    finding.evidence.push_back(std::move(growth));
    finding.evidence.push_back(run.evidence("time_left_seconds", left->seconds, thresholds::time_left_seconds,
                                            "left until the kernel kills: " + time_text(*left)));
  }
  finding.causes.push_back("the most memory of it: " + largest_member(run));
  finding.actions.push_back(use->limited
                                ? fmt::format("save a checkpoint now; then a smaller batch, fewer workers, or a higher "
                                              "limit: vigie limit {} --memory {}",
                                              run.run().name, bytes_text(std::ceil(use->limit * 1.5)))
                                : std::string("save a checkpoint now; then a smaller batch or fewer workers"));
  return finding;
}

}  // namespace vigie::rules
