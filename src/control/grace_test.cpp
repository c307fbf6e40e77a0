#include "control/grace.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "base/clock.hpp"
#include "base/second_for_tests.hpp"
#include "base/test_directory.hpp"

namespace vigie::control {
namespace {

/// A directory where a training saves.
class GraceTest : public testing::Test {
 protected:
  void save(std::string_view text) const { std::ofstream(directory_.path("a.pt"), std::ios::app) << text; }
  [[nodiscard]] const std::string& path() const { return directory_.path(); }

 private:
  TestDirectory directory_;
};

TEST(Grace, IsOverAtItsEndAndNotBefore) {
  Grace grace(100 * second, 2, "");
  EXPECT_EQ(grace.next_ns(), 102 * second);
  EXPECT_FALSE(grace.over(102 * second - 1));
  EXPECT_TRUE(grace.over(102 * second));
  EXPECT_EQ(grace.extended_seconds(), 0);
}

TEST(Grace, OfNothingIsOverAtOnce) {
  Grace grace(100 * second, 0, "");
  EXPECT_TRUE(grace.over(100 * second));
}

TEST(Grace, WithoutEndIsNeverOver) {
  Grace grace(100 * second, -1, "");
  EXPECT_EQ(grace.next_ns(), std::nullopt);
  EXPECT_FALSE(grace.over(1'000'000 * second));
}

TEST(Grace, ANewerWishCountsFromItsOwnBeginning) {
  Grace grace(100 * second, 30, "");
  grace.renew(110 * second, 1);
  EXPECT_FALSE(grace.over(111 * second - 1));
  EXPECT_TRUE(grace.over(111 * second));
}

TEST_F(GraceTest, GoesOnWhileTheCheckpointGrows) {
  Grace grace(100 * second, 1, path());
  save("half of it");
  EXPECT_FALSE(grace.over(101 * second));  // written since the last look
  EXPECT_EQ(grace.extended_seconds(), Grace::look_seconds);
  EXPECT_EQ(grace.next_ns(), 101 * second + second / 2);
}

TEST_F(GraceTest, EndsOnceTheCheckpointHasBeenTheSameForAWhile) {
  Grace grace(100 * second, 1, path());
  save("all of it");
  std::int64_t time = 101 * second;
  while (!grace.over(time) && time < 200 * second) time = *grace.next_ns();
  EXPECT_EQ(time, 101 * second + to_nanoseconds(CheckpointWatch::settle_seconds));
  EXPECT_EQ(grace.extended_seconds(), CheckpointWatch::settle_seconds);
  const std::vector<CheckpointFile> files = grace.files(time);
  ASSERT_EQ(files.size(), 1U);
  EXPECT_FALSE(files[0].growing);
}

TEST_F(GraceTest, DoesNotWaitForACheckpointThatWasThereBefore) {
  save("of the last epoch");
  Grace grace(100 * second, 1, path());
  EXPECT_TRUE(grace.over(101 * second));
}

TEST_F(GraceTest, ALogThatGrowsForEverDoesNotMakeItLastForEver) {
  Grace grace(100 * second, 1, path(), Grace::longest_extension_seconds - Grace::look_seconds);
  save("one line");
  EXPECT_FALSE(grace.over(101 * second));
  save("another line");
  EXPECT_TRUE(grace.over(102 * second));
  EXPECT_EQ(grace.extended_seconds(), Grace::longest_extension_seconds);
}

TEST_F(GraceTest, LooksBeforeItsEndToSeeWhatGrewMeanwhile) {
  Grace grace(100 * second, 30, path());
  EXPECT_EQ(grace.next_ns(), 100 * second + second / 2);
  save("soon done");
  EXPECT_FALSE(grace.over(100 * second + second / 2));
  EXPECT_EQ(grace.next_ns(), 101 * second);
  EXPECT_TRUE(grace.over(130 * second));  // it has not changed since
}

TEST_F(GraceTest, WhatItsWritersLeftIsComplete) {
  Grace grace(100 * second, 30, path());
  save("as they ended");
  const std::vector<CheckpointFile> files = grace.files_at_end(100 * second + 1);
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].bytes, 13U);
  EXPECT_FALSE(files[0].growing);
}

TEST_F(GraceTest, OnceClosedItNeitherEndsNorWaitsForFiles) {
  Grace grace(100 * second, 1, path());
  grace.close();
  EXPECT_EQ(grace.next_ns(), std::nullopt);
  EXPECT_FALSE(grace.over(200 * second));
  save("too late");
  grace.renew(200 * second, 5);  // what survived a kill is killed again
  EXPECT_FALSE(grace.over(205 * second - 1));
  EXPECT_TRUE(grace.over(205 * second));
}

}  // namespace
}  // namespace vigie::control
