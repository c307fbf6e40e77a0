#include "base/units.hpp"

#include <gtest/gtest.h>

namespace vigie {
namespace {

TEST(HumanBytes, FitsFiveColumnsAtEveryBoundary) {
  EXPECT_EQ(human_bytes(0), "0");
  EXPECT_EQ(human_bytes(1023), "1023");
  EXPECT_EQ(human_bytes(1536), "1.5K");
  EXPECT_EQ(human_bytes(5368709120.0), "5.0G");
  EXPECT_EQ(human_bytes(1024.0 * 1024 - 1), "1.0M");
  EXPECT_EQ(human_bytes(1024), "1.0K");
  EXPECT_EQ(human_bytes(1023.4 * 1024), "1023K");
  EXPECT_EQ(human_bytes(1023.5 * 1024), "1.0M");
  EXPECT_EQ(human_bytes(99.94 * 1024), "99.9K");
  EXPECT_EQ(human_bytes(99.96 * 1024), "100K");
  EXPECT_EQ(human_bytes(99.95 * 1024), "100K") << "with a decimal place it would take a column more";
  EXPECT_EQ(human_bytes(0x1p60), "1.0E");
  EXPECT_EQ(human_bytes(0x1p70), "1024E") << "there is no larger unit";
  for (double bytes = 1; bytes < 0x1p60; bytes *= 1.01) EXPECT_LE(human_bytes(bytes).size(), 5U) << bytes;
}

TEST(HumanDuration, NeverShowsSixtySeconds) {
  EXPECT_EQ(human_duration(3.2), "3.2s");
  EXPECT_EQ(human_duration(0), "0.0s");
  EXPECT_EQ(human_duration(59.94), "59.9s");
  EXPECT_EQ(human_duration(59.97), "1:00");
  EXPECT_EQ(human_duration(3599), "59:59");
  EXPECT_EQ(human_duration(3600), "1:00:00");
  EXPECT_EQ(human_duration(86399), "23:59:59");
  EXPECT_EQ(human_duration(86400), "1d00:00:00");
  EXPECT_EQ(human_duration(-0.1), "-");
  EXPECT_EQ(human_duration(1e16), "-");
  EXPECT_EQ(human_duration(75), "1:15");
  EXPECT_EQ(human_duration(7265), "2:01:05");
  EXPECT_EQ(human_duration(100000), "1d03:46:40");
}

TEST(ParseSize, PowersOf1024WithOrWithoutB) {
  EXPECT_EQ(*parse_size("512"), 512U);
  EXPECT_EQ(*parse_size("512M"), 512U << 20U);
  EXPECT_EQ(*parse_size("1.5g"), 1610612736U);
  EXPECT_EQ(*parse_size("2GiB"), 2147483648U);
  EXPECT_EQ(*parse_size("15E"), 15ULL << 60);
  for (const char* wrong : {"", "G", "-1", "1X", "1Gigs", "nan", "16E", "99999E"}) {
    const auto size = parse_size(wrong);
    ASSERT_FALSE(size.has_value()) << wrong;
    EXPECT_EQ(size.error().kind, ErrorKind::usage);
  }
}

TEST(ParseDuration, SecondsAreTheDefault) {
  EXPECT_DOUBLE_EQ(*parse_duration("30"), 30);
  EXPECT_DOUBLE_EQ(*parse_duration("1.5m"), 90);
  EXPECT_DOUBLE_EQ(*parse_duration("250ms"), 0.25);
  EXPECT_DOUBLE_EQ(*parse_duration("1d"), 86400);
  for (const char* wrong : {"", "s", "-5", "5 minutes", "inf"})
    EXPECT_FALSE(parse_duration(wrong).has_value()) << wrong;
}

TEST(SpokenDuration, HasTwoUnitsAtMost) {
  EXPECT_EQ(spoken_duration(0), "0 s");
  EXPECT_EQ(spoken_duration(0.3), "0.3 s");
  EXPECT_EQ(spoken_duration(12.4), "12 s");
  EXPECT_EQ(spoken_duration(0.04), "0 s");
  EXPECT_EQ(spoken_duration(0.94), "0.9 s");
  EXPECT_EQ(spoken_duration(0.96), "1 s");
  EXPECT_EQ(spoken_duration(1.4), "1 s");
  EXPECT_EQ(spoken_duration(59.4), "59 s");
  EXPECT_EQ(spoken_duration(60), "1 min");
  EXPECT_EQ(spoken_duration(3599), "59 min 59 s");
  EXPECT_EQ(spoken_duration(3600), "1 h");
  EXPECT_EQ(spoken_duration(86399), "23 h 59 min");
  EXPECT_EQ(spoken_duration(86400), "1 d");
  EXPECT_EQ(spoken_duration(1e16), "-");
  EXPECT_EQ(spoken_duration(59.6), "1 min");
  EXPECT_EQ(spoken_duration(303), "5 min 3 s");
  EXPECT_EQ(spoken_duration(7265), "2 h 1 min");
  EXPECT_EQ(spoken_duration(86400 + 3600), "1 d 1 h");
  EXPECT_EQ(spoken_duration(-1), "-");
}

}  // namespace
}  // namespace vigie
