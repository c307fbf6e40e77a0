#include "base/moment.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "base/clock.hpp"

namespace vigie {
namespace {

// 2026-11-24 12:00:00 UTC
constexpr std::int64_t noon = 1'795'521'600 * nanoseconds_per_second;

class Moment : public ::testing::Test {
 protected:
  void SetUp() override { zone("UTC"); }
  void TearDown() override { zone(nullptr); }
  static void zone(const char* name) {
    if (name != nullptr) {
      ::setenv("TZ", name, 1);
    } else {
      ::unsetenv("TZ");
    }
    ::tzset();
  }
  /// Seconds from noon.
  static std::int64_t parsed(std::string_view text) {
    const Result<std::int64_t> moment = parse_moment(text, noon);
    EXPECT_TRUE(moment) << text;
    return moment ? (*moment - noon) / nanoseconds_per_second : 1 << 30;
  }
};

TEST_F(Moment, AgoTodayAndDates) {
  EXPECT_EQ(parsed("10m"), -600);
  EXPECT_EQ(parsed("0"), 0);
  EXPECT_EQ(parsed("11:30"), -1800);
  EXPECT_EQ(parsed("11:30:05"), -1795);
  EXPECT_EQ(parsed("2026-11-24T11:30"), -1800);
  EXPECT_EQ(parsed("2026-11-24 11:30:05"), -1795);
  EXPECT_EQ(parsed("2026-11-24"), -43200);
}

TEST_F(Moment, ATimeOfDayThatIsStillToComeIsYesterdays) {
  EXPECT_EQ(parsed("12:30"), 1800 - 86400);
}

TEST_F(Moment, TheLocalZoneCountsUnlessUtcIsSaid) {
  zone("CET-1");
  EXPECT_EQ(parsed("2026-11-24T11:30"), -5400);
  EXPECT_EQ(parsed("2026-11-24T11:30Z"), -1800);
  EXPECT_EQ(parsed("12:30"), -1800);
}

TEST_F(Moment, RefusesWhatIsNoTime) {
  for (const char* text : {"", "yesterday", "25:00", "12:30Z", "2026-13-01", "2026-11-24T11:30 x", "-5m", "1e300d"}) {
    const Result<std::int64_t> moment = parse_moment(text, noon);
    EXPECT_FALSE(moment) << text;
    if (moment) continue;
    EXPECT_EQ(moment.error().kind, ErrorKind::usage);
  }
}

}  // namespace
}  // namespace vigie
