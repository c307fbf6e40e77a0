#include "control/checkpoint_watch.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "base/clock.hpp"
#include "base/second_for_tests.hpp"
#include "base/test_directory.hpp"

namespace vigie::control {
namespace {

class CheckpointWatchTest : public testing::Test {
 protected:
  void append(const std::string& name, std::string_view text) const {
    std::ofstream(path_ + "/" + name, std::ios::app) << text;
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  TestDirectory temporary_;
  const std::string& path_ = temporary_.path();
};

TEST_F(CheckpointWatchTest, WhatWasThereBeforeIsNotNews) {
  append("old.pt", "x");
  CheckpointWatch watch(path());
  watch.look(10 * second);
  EXPECT_FALSE(watch.growing(10 * second));
  EXPECT_TRUE(watch.changed(10 * second).empty());
}

TEST_F(CheckpointWatchTest, AFileGrowsUntilItHasBeenTheSameForAWhile) {
  append("a.pt", "x");
  CheckpointWatch watch(path());
  append("a.pt", "yy");
  watch.look(10 * second);
  EXPECT_TRUE(watch.growing(11 * second));
  watch.look(14 * second);
  EXPECT_FALSE(watch.growing(14 * second));
  const std::vector<CheckpointFile> files = watch.changed(14 * second);
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].bytes, 3U);
  EXPECT_FALSE(files[0].growing);
}

TEST_F(CheckpointWatchTest, AFileThatIsRenamedIntoPlaceCounts) {
  CheckpointWatch watch(path());
  append("a.tmp", "x");
  watch.look(10 * second);
  std::filesystem::rename(path() + "/a.tmp", path() + "/a.pt");
  watch.look(11 * second);
  const std::vector<CheckpointFile> files = watch.changed(11 * second);
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].path, path() + "/a.pt");
  EXPECT_TRUE(files[0].growing);
}

TEST_F(CheckpointWatchTest, ADirectoryThatIsNotThereGrowsNothing) {
  CheckpointWatch watch(path() + "/none");
  watch.look(10 * second);
  EXPECT_FALSE(watch.growing(10 * second));
}

TEST_F(CheckpointWatchTest, ItSettlesAfterThreeSecondsToTheNanosecond) {
  CheckpointWatch watch(path());
  append("a.pt", "x");
  watch.look(0);
  EXPECT_TRUE(watch.growing(3 * second - 1)) << "also when the host has only just booted";
  EXPECT_FALSE(watch.growing(3 * second));
  EXPECT_TRUE(watch.changed(3 * second - 1).at(0).growing);
  EXPECT_EQ(watch.changed(3 * second).size(), 1U);
}

TEST_F(CheckpointWatchTest, AFileThatIsWrittenAnewWithTheSameSizeHasChanged) {
  append("a.pt", "x");
  const std::filesystem::path file = path() + "/a.pt";
  CheckpointWatch watch(path());
  std::filesystem::last_write_time(file, std::filesystem::last_write_time(file) + std::chrono::seconds(1));
  watch.look(10 * second);
  EXPECT_TRUE(watch.growing(10 * second));
  watch.look(12 * second);
  EXPECT_FALSE(watch.growing(13 * second)) << "a look at what is the same is no change";
}

TEST_F(CheckpointWatchTest, WhatWasRemovedGrowsNoMore) {
  CheckpointWatch watch(path());
  append("a.tmp", "x");
  watch.look(10 * second);
  std::filesystem::remove(path() + "/a.tmp");
  watch.look(11 * second);
  EXPECT_FALSE(watch.growing(11 * second));
  EXPECT_TRUE(watch.changed(11 * second).empty());
}

TEST_F(CheckpointWatchTest, FourDirectoriesDeepNothingIsLookedAt) {
  std::filesystem::create_directories(path() + "/a/b/c/d");
  CheckpointWatch watch(path());
  append("a/b/c/seen.pt", "x");
  append("a/b/c/d/data", "x");
  watch.look(10 * second);
  const std::vector<CheckpointFile> files = watch.changed(10 * second);
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].path, path() + "/a/b/c/seen.pt");
}

}  // namespace
}  // namespace vigie::control
