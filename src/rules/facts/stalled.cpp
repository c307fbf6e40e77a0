#include "rules/facts/stalled.hpp"

#include <algorithm>

#include "base/units.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {

std::optional<double> standing_still(const Progress& progress, std::int64_t now_wall_ns) {
  if (progress.wall_ns == 0 || (!progress.step && !progress.percent)) return std::nullopt;
  const bool last_epoch = !progress.epoch || !progress.epochs || *progress.epoch >= *progress.epochs;
  if (progress.step && progress.total && *progress.step >= *progress.total && last_epoch) return std::nullopt;
  if (progress.percent && *progress.percent >= 100) return std::nullopt;
  return static_cast<double>(now_wall_ns - progress.wall_ns) / nanoseconds_per_second;
}

std::optional<double> usual_pause(const Progress& progress) {
  if (progress.longest_gap_seconds.value_or(0) > 0) return progress.longest_gap_seconds;
  const std::optional<double> rate = rate_of(progress);
  return rate && *rate > 0 ? std::optional(1 / *rate) : std::nullopt;
}

double patience_with(const Progress& progress) {
  const std::optional<double> pause = usual_pause(progress);
  return pause ? std::max(thresholds::hung_seconds, thresholds::hung_gaps * *pause) : thresholds::hung_progress_seconds;
}

std::optional<double> stalled_seconds(const Progress& progress, std::int64_t now_wall_ns, bool silent) {
  if (!silent && progress.longest_gap_seconds.value_or(0) <= 0) return std::nullopt;
  const std::optional<double> still = standing_still(progress, now_wall_ns);
  return still && *still >= patience_with(progress) ? still : std::nullopt;
}

}  // namespace vigie::rules
