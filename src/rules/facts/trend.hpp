// A value over time, and whether it goes steadily somewhere.
#pragma once

#include <optional>
#include <vector>

namespace vigie::rules {

struct Point {
  double seconds = 0;
  double value = 0;
};

struct Trend {
  double per_second = 0;  ///< Theil-Sen: the median slope of all pairs, which a third of wild points cannot move
  double growth = 0;      ///< the slope times the time between first and last point
  double growing = 0;     ///< fraction of steps from one point to the next that went up
  double residual = 0;    ///< median distance of the points from the line
  double seconds = 0;     ///< between first and last point
  /// The slope is between these, nine times of ten: the 5th and 95th percentile of all pairs' slopes.
  double least_per_second = 0, most_per_second = 0;
};

/// Nothing for fewer than three points, or points of one moment. `points` ascend in time; at most some hundred.
[[nodiscard]] std::optional<Trend> trend_of(const std::vector<Point>& points);

/// When a value that moves at this trend has gone `distance` further.
struct TimeLeft {
  double seconds = 0;
  double earliest = 0, latest = 0;  ///< by the spread of the slope; latest is infinite when it may stand still
};
/// Nothing unless it goes that way.
[[nodiscard]] std::optional<TimeLeft> time_left(const Trend& trend, double distance);

}  // namespace vigie::rules
