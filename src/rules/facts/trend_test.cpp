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

TEST(Trend, ThreePointsAreEnoughAndStepsCount) {
  const auto trend = trend_of({{0, 0}, {2, 10}, {4, 10}});
  ASSERT_TRUE(trend);
  EXPECT_DOUBLE_EQ(trend->seconds, 4);
  EXPECT_DOUBLE_EQ(trend->per_second, 2.5) << "of 5, 2.5 and 0 the one in the middle";
  EXPECT_DOUBLE_EQ(trend->least_per_second, 0);
  EXPECT_DOUBLE_EQ(trend->most_per_second, 5);
  EXPECT_DOUBLE_EQ(trend->growth, 10);
  EXPECT_DOUBLE_EQ(trend->growing, 0.5) << "one of two steps";
  EXPECT_DOUBLE_EQ(trend->residual, 0) << "two points lie on the line";
}

TEST(Trend, PointsOfOneMomentHaveNoSlope) {
  const auto trend = trend_of({{0, 0}, {1, 5}, {1, 9}, {2, 10}});
  ASSERT_TRUE(trend);
  EXPECT_DOUBLE_EQ(trend->per_second, 5);
  EXPECT_DOUBLE_EQ(trend->most_per_second, 9);
}

TEST(TimeLeft, IsBetweenTheFastestAndTheSlowest) {
  const Trend trend{.per_second = 4, .seconds = 4, .least_per_second = 2, .most_per_second = 8};
  const auto left = time_left(trend, 16);
  ASSERT_TRUE(left);
  EXPECT_DOUBLE_EQ(left->seconds, 4);
  EXPECT_DOUBLE_EQ(left->earliest, 2);
  EXPECT_DOUBLE_EQ(left->latest, 8);
  EXPECT_DOUBLE_EQ(time_left(trend, 0)->seconds, 0) << "it is full";
  EXPECT_FALSE(time_left(trend, -1));
  EXPECT_TRUE(std::isinf(time_left({.per_second = 4, .least_per_second = 0, .most_per_second = 3}, 16)->latest));
  EXPECT_DOUBLE_EQ(time_left({.per_second = 4, .least_per_second = 0, .most_per_second = 3}, 16)->earliest, 4);
}

}  // namespace
}  // namespace vigie::rules
