#include "model/trace.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <limits>

namespace vigie {
namespace {

TEST(Durations, AQuantileIsNeverTooShortAndAtMostAQuarterTooLong) {
  for (const std::int64_t length : {0L, 1L, 3L, 4L, 5L, 7L, 8L, 1000L, 1023L, 1024L, 123456789L, 3600L * 1000000000}) {
    Durations durations;
    durations.add(length);
    const std::int64_t found = durations.quantile(0.99);
    EXPECT_GE(found, length);
    EXPECT_LE(static_cast<double>(found), 1.25 * static_cast<double>(length)) << length;
  }
}

TEST(Durations, QuantilesAreOfAllThatWereAdded) {
  Durations durations;
  EXPECT_EQ(durations.quantile(0.5), 0);
  for (int index = 0; index < 98; ++index) durations.add(1000);
  durations.add(1'000'000);
  durations.add(1'000'000);
  EXPECT_EQ(durations.count(), 100U);
  EXPECT_LT(durations.quantile(0.5), 1300);
  EXPECT_LT(durations.quantile(0.98), 1300);
  EXPECT_GE(durations.quantile(0.99), 1'000'000);
}

TEST(Durations, TakesWhatNoCallTakes) {
  Durations durations;
  durations.add(-5);
  durations.add(std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(durations.count(), 2U);
  EXPECT_EQ(durations.quantile(0.5), 0);
  EXPECT_EQ(durations.quantile(1), std::numeric_limits<std::int64_t>::max());
}

TEST(TracedCalls, ErrorsHaveNames) {
  EXPECT_EQ(name_of_error(ENOENT), "ENOENT");
  EXPECT_EQ(name_of_error(4000), "error 4000");
  EXPECT_EQ(count_of({{ENOENT, 2}, {EPERM, 3}}), 5U);
}

}  // namespace
}  // namespace vigie
