#include "rules/facts/trend.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace vigie::rules {
namespace {

/// The value that `part` of them are below; `values` not empty.
double quantile(std::vector<double>& values, double part) {
  const auto at = static_cast<std::ptrdiff_t>(std::lround(part * static_cast<double>(values.size() - 1)));
  std::ranges::nth_element(values, values.begin() + at);
  return values[static_cast<std::size_t>(at)];
}

}  // namespace

std::optional<Trend> trend_of(const std::vector<Point>& points) {
  if (points.size() < 3) return std::nullopt;
  std::vector<double> slopes;
  for (std::size_t a = 0; a < points.size(); ++a) {
    for (std::size_t b = a + 1; b < points.size(); ++b) {
      const double seconds = points[b].seconds - points[a].seconds;
      if (seconds > 0) slopes.push_back((points[b].value - points[a].value) / seconds);
    }
  }
  if (slopes.empty()) return std::nullopt;
  Trend trend;
  trend.seconds = points.back().seconds - points.front().seconds;
  trend.per_second = quantile(slopes, 0.5);
  trend.least_per_second = quantile(slopes, 0.05);
  trend.most_per_second = quantile(slopes, 0.95);
  trend.growth = trend.per_second * trend.seconds;
  std::size_t up = 0;
  std::vector<double> offsets;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (i > 0 && points[i].value > points[i - 1].value) ++up;
    offsets.push_back(points[i].value - trend.per_second * points[i].seconds);
  }
  trend.growing = static_cast<double>(up) / static_cast<double>(points.size() - 1);
  const double middle = quantile(offsets, 0.5);
  for (double& offset : offsets) offset = std::abs(offset - middle);
  trend.residual = quantile(offsets, 0.5);
  return trend;
}

std::optional<TimeLeft> time_left(const Trend& trend, double distance) {
  if (trend.per_second <= 0 || distance < 0) return std::nullopt;
  TimeLeft left;
  left.seconds = distance / trend.per_second;
  left.earliest = distance / std::max(trend.most_per_second, trend.per_second);
  left.latest =
      trend.least_per_second > 0 ? distance / trend.least_per_second : std::numeric_limits<double>::infinity();
  return left;
}

}  // namespace vigie::rules
