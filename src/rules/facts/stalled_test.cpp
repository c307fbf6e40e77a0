#include "rules/facts/stalled.hpp"

#include <gtest/gtest.h>

#include "base/second_for_tests.hpp"
#include "base/units.hpp"

namespace vigie::rules {
namespace {

Progress moving() {
  Progress progress;
  progress.step = 40;
  progress.total = 100;
  progress.wall_ns = 100 * second;
  progress.longest_gap_seconds = 1;
  return progress;
}

TEST(Stalled, FarLongerThanEverBefore) {
  EXPECT_FALSE(stalled_seconds(moving(), 105 * second));
  EXPECT_FALSE(stalled_seconds(moving(), 108 * second - 1));
  EXPECT_EQ(stalled_seconds(moving(), 108 * second), 8) << "so long at least";
  EXPECT_EQ(stalled_seconds(moving(), 114 * second), 14);
  Progress slow = moving();
  slow.longest_gap_seconds = 20;
  EXPECT_FALSE(stalled_seconds(slow, 150 * second));
  EXPECT_TRUE(stalled_seconds(slow, 170 * second));
}

TEST(Stalled, NeitherDoneNorSeenOnceIs) {
  Progress done = moving();
  done.step = 100;
  EXPECT_FALSE(stalled_seconds(done, 900 * second));
  Progress once = moving();
  once.longest_gap_seconds.reset();
  EXPECT_FALSE(stalled_seconds(once, 900 * second));
}

TEST(Stalled, ASilentRunNeedsNoPauseBefore) {
  Progress once = moving();
  once.longest_gap_seconds.reset();
  EXPECT_FALSE(stalled_seconds(once, 115 * second, true));
  EXPECT_EQ(stalled_seconds(once, 121 * second, true), 21);
  once.rate_per_second = 2;
  EXPECT_EQ(stalled_seconds(once, 110 * second, true), 10) << "by its own words a step takes half a second";
}

TEST(Stalled, APercentageStandsStill) {
  Progress percent = moving();
  percent.step = percent.total = std::nullopt;
  EXPECT_FALSE(stalled_seconds(percent, 900 * second));
  percent.percent = 9;
  EXPECT_TRUE(stalled_seconds(percent, 900 * second));
}

}  // namespace
}  // namespace vigie::rules
