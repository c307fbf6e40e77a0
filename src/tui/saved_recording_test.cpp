#include "tui/saved_recording.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/test_directory.hpp"
#include "tui/picture_for_tests.hpp"
#include "wire/packed_snapshot.hpp"
#include "wire/recording.hpp"

namespace vigie::tui {
namespace {

PackedSnapshot seen_at(std::int64_t second) {
  views::Scene scene = small_host();
  scene.snapshot.after.wall_ns = second * nanoseconds_per_second;
  return std::make_shared<const std::string>(wire::pack_snapshot(scene.snapshot));
}

std::vector<std::int64_t> seconds_in(const std::string& path) {
  std::vector<std::int64_t> seconds;
  Result<wire::RecordingReader> reader = wire::RecordingReader::open(path);
  while (reader) {
    const Result<std::shared_ptr<Snapshot>> snapshot = reader->next();
    if (!snapshot || *snapshot == nullptr) return seconds;
    seconds.push_back((*snapshot)->after.wall_ns / nanoseconds_per_second);
  }
  return seconds;
}

TEST(SavedRecordings, HoldAllThatWasSeenInItsOrderForTheirUserAlone) {
  const TestDirectory directory;
  const Result<std::string> path = save_recording(std::vector{seen_at(7), seen_at(9), seen_at(11)}, directory.path());
  ASSERT_TRUE(path) << path.error().message;
  EXPECT_EQ(seconds_in(*path), (std::vector<std::int64_t>{7, 9, 11}));
  struct stat info{};
  ASSERT_EQ(::stat(path->c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  EXPECT_TRUE(path->ends_with(".vigie"));
}

TEST(SavedRecordings, OfTheSameSecondAreTwoFiles) {
  const TestDirectory directory;
  const std::vector snapshots{seen_at(7), seen_at(9)};
  const Result<std::string> first = save_recording(snapshots, directory.path()),
                            second = save_recording(snapshots, directory.path());
  ASSERT_TRUE(first && second);
  EXPECT_NE(*first, *second);
  EXPECT_EQ(seconds_in(*first), seconds_in(*second));
}

TEST(SavedRecordings, WhereNoFileCanBeMadeItIsSaid) {
  const Result<std::string> path = save_recording(std::vector{seen_at(7)}, "/nowhere");
  ASSERT_FALSE(path);
  EXPECT_NE(path.error().message.find("/nowhere/vigie-"), std::string::npos) << path.error().message;
}

}  // namespace
}  // namespace vigie::tui
