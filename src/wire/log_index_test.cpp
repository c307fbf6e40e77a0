#include "wire/log_index.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/clock.hpp"
#include "base/second_for_tests.hpp"
#include "base/test_directory.hpp"

namespace vigie::wire {
namespace {

constexpr std::int64_t noon = 1'700'000'000 * second;

class Index : public ::testing::Test {
 protected:
  [[nodiscard]] std::uint64_t since(double seconds, std::uint64_t end = 1'000'000'000) const {
    return offset_since(directory_, noon + static_cast<std::int64_t>(seconds * second), end).value_or(end + 1);
  }
  [[nodiscard]] std::uintmax_t size() const { return std::filesystem::file_size(directory_ + "/output.index"); }

  TestDirectory temporary_;
  const std::string& directory_ = temporary_.path();
};

TEST_F(Index, OutputIsFoundByTheTimeItWasPrinted) {
  LogIndex index(directory_);
  for (int i = 0; i < 100; ++i) index.note(static_cast<std::uint64_t>(i) * 10, noon + i * second / 10, 0);
  index.note(1000, noon + 3600 * second, 0);
  EXPECT_EQ(size(), 11 * 16U);
  EXPECT_EQ(since(-60), 0U);
  EXPECT_EQ(since(5.95), 500U);  // what came within the second before may have come at it
  EXPECT_EQ(since(1800), 1000U);
  EXPECT_EQ(since(7200, 1234), 1234U);
}

TEST_F(Index, AnHourOfSilenceIsNotAttributedToWhatCameBefore) {
  LogIndex index(directory_);
  index.note(0, noon, 0);
  index.note(50, noon + 3600 * second, 0);
  EXPECT_EQ(since(2), 50U);
}

TEST_F(Index, ItStaysSmallAndNeverBeginsTooLate) {
  LogIndex index(directory_);
  const int seconds = 300'000;
  for (int i = 0; i < seconds; ++i) index.note(static_cast<std::uint64_t>(i) * 100, noon + i * second, 0);
  EXPECT_LE(size(), (1U << 20) + 16);
  for (const int at : {0, 10, 1000, 50'000, 150'000, 299'000, 299'990}) {
    const std::uint64_t exact = static_cast<std::uint64_t>(at) * 100;
    EXPECT_LE(since(at), exact) << at;
    if (at < 290'000) continue;
    EXPECT_GE(since(at) + 100, exact) << at;
  }
  LogIndex again(directory_);
  again.note(30'000'000, noon + 400'000 * second, 29'000'000);
  EXPECT_EQ(since(350'000), 30'000'000U);
}

TEST_F(Index, OfEntriesThatAreThinnedTheFirstIsKeptAndTheLatestAreFine) {
  LogIndex index(directory_);
  for (int i = 0; i < 65'537; ++i) index.note(static_cast<std::uint64_t>(i) * 100, noon + i * second, 0);
  EXPECT_LT(size(), 65'536 * 16U);
  EXPECT_EQ(since(0), 0U);
  for (const int at : {1, 2, 3, 65'000, 65'530, 65'536})
    EXPECT_LE(since(at), static_cast<std::uint64_t>(at) * 100) << "never too late: " << at;
  EXPECT_EQ(since(65'536), 6'553'600U);
}

TEST_F(Index, HalfAnEntryDoesNotShiftTheOthers) {
  {
    LogIndex index(directory_);
    index.note(0, noon, 0);
  }
  std::ofstream(directory_ + "/output.index", std::ios::app) << "half";
  LogIndex index(directory_);
  index.note(77, noon + 10 * second, 0);
  EXPECT_EQ(since(5), 77U);
}

TEST_F(Index, AClockSetBackIsNoted) {
  LogIndex index(directory_);
  index.note(0, noon, 0);
  index.note(10, noon - 3600 * second, 0);
  index.note(20, noon - 3590 * second, 0);
  EXPECT_EQ(size(), 3 * 16U);
}

TEST_F(Index, ASecondAfterAnEntryIsTheNextOne) {
  LogIndex index(directory_);
  index.note(0, noon, 0);
  index.note(5, noon, 0);
  index.note(10, noon + second - 1, 0);
  EXPECT_EQ(size(), 16U);
  index.note(20, noon + second, 0);
  EXPECT_EQ(size(), 2 * 16U);
  index.note(30, noon + second - 1, 0);
  EXPECT_EQ(size(), 3 * 16U) << "a clock that was set back, by however little";
}

TEST_F(Index, WhatCameASecondBeforeIsNotOfThatTime) {
  LogIndex index(directory_);
  index.note(0, noon, 0);
  index.note(50, noon + 10 * second, 0);
  EXPECT_EQ(offset_since(directory_, noon + second - 1, 1000), 0U);
  EXPECT_EQ(offset_since(directory_, noon + second, 1000), 50U);
  EXPECT_EQ(offset_since(directory_, noon + 11 * second, 1000), 1000U);
  EXPECT_EQ(offset_since(directory_, noon + 10 * second, 49), 49U) << "no further than the log goes";
}

TEST_F(Index, EntriesWhoseOffsetsGoBackAreNone) {
  LogIndex index(directory_);
  index.note(100, noon, 0);
  index.note(50, noon + 10 * second, 0);  // written by two recorders that did not know of each other
  index.note(100, noon + 20 * second, 0);
  EXPECT_EQ(offset_since(directory_, noon + 5 * second, 1000), 100U);
  EXPECT_EQ(offset_since(directory_, noon + 15 * second, 1000), 100U);
  EXPECT_EQ(offset_since(directory_, noon + 25 * second, 1000), 1000U);
}

TEST_F(Index, WhatWasDroppedOfTheLogGoesWhenEntriesAreThinned) {
  LogIndex index(directory_);
  for (int i = 0; i < 65'536; ++i) index.note(static_cast<std::uint64_t>(i) * 100, noon + i * second, 0);
  ASSERT_EQ(size(), 65'536 * 16U);
  index.note(6'553'600, noon + 65'536 * second, 6'000'000);
  EXPECT_EQ(since(0), 6'000'000U) << "the entry that tells when the first byte came stays";
  EXPECT_EQ(size(), (5'536 + 1) * 16U);
  EXPECT_EQ(since(60'001), 6'000'100U);
}

TEST_F(Index, AllButTheLatestQuarterIsThinnedToHalf) {
  LogIndex index(directory_);
  for (int i = 0; i < 65'537; ++i) index.note(static_cast<std::uint64_t>(i) * 100, noon + i * second, 0);
  EXPECT_EQ(size(), (49'152 / 2 + 16'384 + 1) * 16U);
  EXPECT_EQ(since(49'150), 4'915'000U)
      << "the last two that became one: the offset of the first, the time of the second";
  EXPECT_EQ(since(49'152), 4'915'200U);
  EXPECT_EQ(since(49'153), 4'915'300U) << "from here on each has its own";
}

TEST_F(Index, WithoutAnIndexNothingIsKnown) {
  EXPECT_EQ(offset_since(directory_, noon, 42), std::nullopt);
}

}  // namespace
}  // namespace vigie::wire
