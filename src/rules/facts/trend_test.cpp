#include "rules/facts/trend.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace vigie::rules {
namespace {

std::vector<Point> line(double slope, std::size_t count) {
  std::vector<Point> points;
  for (std::size_t i = 0; i < count; ++i)
    points.push_back({static_cast<double>(i), 100 + slope * static_cast<double>(i)});
  return points;
}

TEST(Trend, ALineIsFoundExactly) {
  const auto trend = trend_of(line(5, 10));
  ASSERT_TRUE(trend);
  EXPECT_DOUBLE_EQ(trend->per_second, 5);
  EXPECT_DOUBLE_EQ(trend->growth, 45);
  EXPECT_DOUBLE_EQ(trend->growing, 1);
  EXPECT_DOUBLE_EQ(trend->residual, 0);
}

TEST(Trend, TwoWildPointsDoNotMoveIt) {
  std::vector<Point> points = line(5, 12);
  points[3].value = 4000;
  points[8].value = 0;
  EXPECT_NEAR(trend_of(points)->per_second, 5, 0.5);
}

TEST(Trend, ASawtoothIsNoSteadyGrowth) {
  std::vector<Point> points;
  for (int i = 0; i < 12; ++i) points.push_back({static_cast<double>(i), static_cast<double>(i % 4) * 10});
  const auto trend = trend_of(points);
  ASSERT_TRUE(trend);
  EXPECT_GT(trend->residual, std::abs(trend->growth) / 4);
}

TEST(Trend, TooFewPointsAreNone) {
  EXPECT_FALSE(trend_of(line(1, 2)));
  EXPECT_FALSE(trend_of({{1, 1}, {1, 2}, {1, 3}}));
}

TEST(TimeLeft, IsDistanceBySpeed) {
  EXPECT_DOUBLE_EQ(time_left(*trend_of(line(5, 10)), 50)->seconds, 10);
  EXPECT_FALSE(time_left(*trend_of(line(-5, 10)), 50));
  EXPECT_FALSE(time_left(*trend_of(line(0, 10)), 50));
}

}  // namespace
}  // namespace vigie::rules
