#include "wire/log_segments.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <thread>

#include "base/test_directory.hpp"

namespace vigie::wire {
namespace {

class LogSegmentsTest : public testing::Test {
 protected:
  void put(const std::string& name, std::size_t bytes = 0) const {
    std::ofstream(temporary_.path(name)) << std::string(bytes, 'x');
  }
  void put(std::uint64_t begin, std::uint64_t end, std::string_view suffix = "") const {
    put(segment_name(begin, end) + std::string(suffix));
  }
  [[nodiscard]] const std::string& path() const { return temporary_.path(); }
  [[nodiscard]] std::string path(const std::string& name) const { return temporary_.path(name); }
  /// "0-10 10-25z": the offsets of what there is, z where it is packed.
  [[nodiscard]] static std::string text_of(const std::vector<LogSegment>& segments) {
    std::string text;
    for (const LogSegment& one : segments)
      text += (text.empty() ? "" : " ") + std::to_string(one.begin) + "-" + std::to_string(one.end) +
              (one.packed ? "z" : "");
    return text;
  }

 private:
  TestDirectory temporary_;
};

TEST(SegmentName, SaysWhereThePartBeginsAndEnds) {
  EXPECT_EQ(segment_name(7, 65536), "output.log.0000000000000007-0000000000065536");
  const std::optional<LogSegment> plain = parse_segment_name("output.log.0000000000000007-0000000000065536");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->begin, 7U);
  EXPECT_EQ(plain->end, 65536U);
  EXPECT_FALSE(plain->packed);
  const std::optional<LogSegment> packed = parse_segment_name("output.log.7-8.zst");
  ASSERT_TRUE(packed);
  EXPECT_TRUE(packed->packed);
  EXPECT_EQ(packed->end, 8U);
  EXPECT_EQ(packed->name, "output.log.7-8.zst");
}

TEST(SegmentName, WhatIsNoneIsNotTakenForOne) {
  for (const std::string_view name :
       {"", "output.log", "output.log.", "output.log.next", "output.logX7-8", "output.log.7", "output.log.-8",
        "output.log.7-", "output.log.7-8x", "output.log.7x-8", "output.log.7-8.zst.new", "output.index",
        "output.log.7-7", "output.log.8-7", "other.log.7-8"})
    EXPECT_FALSE(parse_segment_name(name)) << name;
}

TEST(SegmentName, AnOffsetBeyondAnyLogIsForged) {
  EXPECT_TRUE(parse_segment_name("output.log.0-4611686018427387904")) << "2^62";
  EXPECT_FALSE(parse_segment_name("output.log.0-4611686018427387905"));
  EXPECT_FALSE(parse_segment_name("output.log.0-99999999999999999999999"));
  EXPECT_TRUE(parse_segment_name("output.log.0-1"));
}

TEST_F(LogSegmentsTest, PartsStandInTheirOrderAndTheCurrentOneLast) {
  put(10, 25);
  put(0, 10);
  put("output.log", 5);
  EXPECT_EQ(text_of(finished_segments(path())), "0-10 10-25");
  EXPECT_EQ(text_of(log_segments(path())), "0-10 10-25 25-30");
  EXPECT_EQ(log_segments(path()).back().name, "output.log");
}

TEST_F(LogSegmentsTest, ALogThatWasNeverRotatedBeginsAtItsFirstByte) {
  put("output.log", 5);
  EXPECT_EQ(text_of(log_segments(path())), "0-5");
  EXPECT_FALSE(log_files(path()).begin);
}

TEST_F(LogSegmentsTest, OfOnePartTwiceThePackedOneCounts) {
  put(0, 10);
  put(0, 10, ".zst");
  put(10, 20);
  EXPECT_EQ(text_of(finished_segments(path())), "0-10z 10-20");
  EXPECT_EQ(leftovers(path()), std::vector{segment_name(0, 10)});
}

TEST_F(LogSegmentsTest, APartWithinAnotherIsALeftover) {
  put(0, 20);
  put(5, 20);
  put(20, 30);
  EXPECT_EQ(text_of(finished_segments(path())), "0-20 20-30");
}

TEST_F(LogSegmentsTest, WhatWasDroppedIsNotThereAnyMore) {
  put(0, 10);
  put(10, 20);
  put(begin_name(5));
  put(begin_name(10));
  put("output.log", 3);
  const LogFiles files = log_files(path());
  EXPECT_EQ(files.begin, 10U) << "the furthest counts";
  EXPECT_EQ(text_of(files.segments), "10-20 20-23");
  std::vector<std::string> left = leftovers(path());
  std::ranges::sort(left);
  EXPECT_EQ(left, (std::vector{begin_name(5), segment_name(0, 10)}));
}

TEST_F(LogSegmentsTest, ALogOfWhichAllWasDroppedGoesOnFromThere) {
  put(begin_name(50));
  put("output.log", 3);
  EXPECT_EQ(text_of(log_segments(path())), "50-53");
}

TEST_F(LogSegmentsTest, AForgedBeginDropsNothing) {
  put(0, 10);
  put("output.begin.4611686018427387905");
  put("output.begin.7x");
  EXPECT_EQ(text_of(finished_segments(path())), "0-10");
  EXPECT_FALSE(finished_files(path()).begin);
}

TEST_F(LogSegmentsTest, APartThatEndsWhereTheLogNowBeginsIsDropped) {
  put(0, 10);
  put(10, 20);
  put(begin_name(9));
  EXPECT_EQ(text_of(finished_segments(path())), "0-10 10-20") << "one byte of it is still wanted";
  EXPECT_EQ(leftovers(path()), std::vector<std::string>{});
  put(begin_name(10));
  EXPECT_EQ(text_of(finished_segments(path())), "10-20");
}

TEST_F(LogSegmentsTest, ThatNothingWasDroppedIsNotThatNobodySaidSo) {
  put(begin_name(0));
  EXPECT_EQ(finished_files(path()).begin, 0U);
  EXPECT_EQ(leftovers(path()), std::vector<std::string>{});
}

TEST_F(LogSegmentsTest, OnlyAPackedPartOfTheSameBytesMakesAPlainOneALeftover) {
  put(0, 10);
  put(0, 5, ".zst");
  put(20, 30);
  put(25, 30, ".zst");
  EXPECT_EQ(leftovers(path()), std::vector<std::string>{});
  put(20, 30, ".zst");
  EXPECT_EQ(leftovers(path()), std::vector{segment_name(20, 30)});
}

TEST_F(LogSegmentsTest, NamesThatOnlyLookAlikeAreNoLeftovers) {
  for (const char* name :
       {"output.log.next.1", "output.index.new", "output.log.0-10.zst.newer", "other.0-10.zst.new", "output.zst.new"})
    put(name);
  EXPECT_EQ(leftovers(path()), std::vector<std::string>{});
}

TEST_F(LogSegmentsTest, WhatAKilledKeeperLeftIsNamed) {
  for (const char* name : {"output.log.next", "output.index.new.7", "output.log.0-10.zst.new"}) put(name);
  for (const char* name : {"output.log", "output.index", "run.json"}) put(name, 1);
  put(10, 20, ".zst");
  std::vector<std::string> left = leftovers(path());
  std::ranges::sort(left);
  EXPECT_EQ(left, (std::vector<std::string>{"output.index.new.7", "output.log.0-10.zst.new", "output.log.next"}));
}

TEST_F(LogSegmentsTest, WhatCannotBeReadIsSaid) {
  EXPECT_EQ(log_files(path("nowhere")).error, ENOENT);
  EXPECT_EQ(log_files(path()).error, 0) << "nothing was printed yet";
  ASSERT_EQ(::mkdir(path("output.log").c_str(), 0700), 0);
  EXPECT_EQ(log_files(path()).error, ENOTSUP) << "something else has the log's name";
  EXPECT_TRUE(log_files(path()).segments.empty());
}

/// A part is packed again and again: each time the names differ between two looks, and the log's size has to be asked
/// anew.
TEST_F(LogSegmentsTest, TheCurrentPartIsSeenWhileOthersArePacked) {
  put(0, 10);
  put("output.log", 5);
  const std::string plain = path(segment_name(0, 10)), packed = plain + ".zst";
  constexpr int times = 300;
  std::atomic<bool> done = false;
  std::thread packer([&] {
    for (int i = 0; i < times; ++i) {
      std::rename((i % 2 == 0 ? plain : packed).c_str(), (i % 2 == 0 ? packed : plain).c_str());
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    done = true;
  });
  std::size_t looks = 0, without = 0;
  for (; !done; ++looks) {
    const std::vector<LogSegment> seen = log_segments(path());
    if (seen.empty() || seen.back().name != current_log) ++without;
  }
  packer.join();
  EXPECT_EQ(without, 0U) << "of " << looks << " looks";
}

}  // namespace
}  // namespace vigie::wire
