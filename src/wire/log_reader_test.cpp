#include "wire/log_reader.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/clock.hpp"
#include "base/test_directory.hpp"

namespace vigie::wire {
namespace {

class LogFolder : public ::testing::Test {
 protected:
  [[nodiscard]] std::string path(const std::string& name) const { return directory_ + "/" + name; }
  void write(const std::string& name, std::string_view bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
  }
  [[nodiscard]] static std::string read(LogReader& reader, LogReader::Missing* missing = nullptr) {
    std::string all;
    while (true) {
      const LogReader::Piece piece = reader.next();
      if (missing != nullptr) *missing += piece.missing;
      if (piece.bytes.empty()) return all;
      all += piece.bytes;
    }
  }

  TestDirectory temporary_;
  const std::string& directory_ = temporary_.path();
};

TEST_F(LogFolder, NamesSayWhichPartOfTheLogTheyHold) {
  const std::string name = segment_name(5, 70000);
  EXPECT_EQ(name, "output.log.0000000000000005-0000000000070000");
  EXPECT_EQ(parse_segment_name(name), (LogSegment{.begin = 5, .end = 70000, .name = name, .packed = false}));
  EXPECT_TRUE(parse_segment_name(name + ".zst")->packed);
  for (const char* no :
       {"output.log", "output.log.next", "output.log.5", "output.log.7-5", "output.log.1-2.zst.new", "output.log.-5-7",
        "output.log.1-99999999999999999999", "output.log.1-9999999999999999999", "run.json"}) {
    EXPECT_FALSE(parse_segment_name(no)) << no;
  }
}

TEST_F(LogFolder, PlainAndPackedSegmentsAreOneLog) {
  std::string large;
  for (int i = 0; large.size() < 3 * largest_frame; ++i) large += std::to_string(i) + "\r\n";
  write(segment_name(0, large.size()), large);
  write(segment_name(large.size(), large.size() + 6), "second");
  write("output.log", "third");
  ASSERT_TRUE(pack_segment(directory_, segment_name(0, large.size())));
  EXPECT_FALSE(std::filesystem::exists(path(segment_name(0, large.size()))));
  LogReader reader(directory_);
  EXPECT_EQ(reader.extent().end, large.size() + 11);
  EXPECT_TRUE(read(reader) == large + "secondthird");
  reader.seek(large.size() - 3);
  EXPECT_EQ(read(reader).substr(0, 5), large.substr(large.size() - 3) + "se");
  EXPECT_EQ(log_tail(directory_, 13), large.substr(large.size() - 2) + "secondthird");
}

TEST_F(LogFolder, ALogThatRotatesIsReadOn) {
  write("output.log", "one");
  LogReader reader(directory_);
  EXPECT_EQ(read(reader), "one");
  std::ofstream(path("output.log"), std::ios::app) << "two";
  std::filesystem::rename(path("output.log"), path(segment_name(0, 6)));
  write("output.log", "three");
  EXPECT_EQ(read(reader), "twothree");
  ASSERT_TRUE(pack_segment(directory_, segment_name(0, 6)));
  reader.seek(2);
  EXPECT_EQ(read(reader), "etwothree");
}

TEST_F(LogFolder, WhatIsGoneIsCounted) {
  write(segment_name(10, 14), "kept");
  write(segment_name(20, 24), "more");
  write("output.log", "end");
  LogReader reader(directory_);
  LogReader::Missing missing;
  EXPECT_EQ(read(reader, &missing), "keptmoreend");
  EXPECT_EQ(missing.dropped, 10U) << "a log of a vigie that did not write down what it dropped";
  EXPECT_EQ(missing.lost, 6U);
}

TEST_F(LogFolder, WhatWasDroppedIsToldFromWhatWasLost) {
  write(begin_name(0), "");
  write(begin_name(8), "");
  write(segment_name(4, 8), "drop");  // the keeper was killed before it could
  write(segment_name(10, 14), "kept");
  LogReader reader(directory_);
  LogReader::Missing missing;
  EXPECT_EQ(read(reader, &missing), "kept");
  EXPECT_EQ(missing.dropped, 8U);
  EXPECT_EQ(missing.lost, 2U);
  EXPECT_EQ(leftovers(directory_).size(), 2U);
}

TEST_F(LogFolder, AfterEverythingWasDroppedTheOffsetsGoOn) {
  write(begin_name(100), "");
  write("output.log", "new");
  LogReader reader(directory_);
  EXPECT_EQ(reader.extent().begin, 100U);
  LogReader::Missing missing;
  EXPECT_EQ(read(reader, &missing), "new");
  EXPECT_EQ(missing.dropped, 100U);
}

TEST_F(LogFolder, ADamagedFrameIsPassedOverAndCounted) {
  const std::string content = std::string(largest_frame, 'a') + std::string(largest_frame, 'b') + "c";
  write(segment_name(0, content.size()), content);
  write("output.log", "behind");
  ASSERT_TRUE(pack_segment(directory_, segment_name(0, content.size())));
  const std::string name = path(segment_name(0, content.size()) + ".zst");
  const auto size = std::filesystem::file_size(name);
  std::filesystem::resize_file(name, size - 1);
  LogReader reader(directory_);
  LogReader::Missing missing;
  EXPECT_TRUE(read(reader, &missing) == content.substr(0, 2 * largest_frame) + "behind");
  EXPECT_EQ(missing.damaged, 1U);
  EXPECT_EQ(missing.all(), 1U);
}

TEST_F(LogFolder, ASegmentThatIsShorterThanItsNameSaysDoesNotEndTheLog) {
  write(segment_name(0, 100), "short");
  write(segment_name(100, 200) + ".zst", "garbage");
  write(segment_name(200, 204), "more than its name says");
  for (int i = 0; i < 40; ++i)
    write(segment_name(204 + static_cast<std::uint64_t>(i) * 10, 214 + static_cast<std::uint64_t>(i) * 10), "");
  std::filesystem::create_directory(path(segment_name(604, 700)));
  write("output.log", "behind");
  LogReader reader(directory_);
  LogReader::Missing missing;
  EXPECT_EQ(read(reader, &missing), "shortmorebehind");
  EXPECT_EQ(missing.damaged, 95U + 100U + 400U + 96U);
  EXPECT_EQ(missing.all(), missing.damaged);
}

TEST_F(LogFolder, OverlappingSegmentsAreOneLogWithoutRepetition) {
  write(segment_name(0, 6), "abcdef");
  write(segment_name(2, 4), "xx");
  write(segment_name(4, 9), "efghi");
  write(segment_name(4, 9) + ".zst", "");
  write("output.log", "jk");
  std::filesystem::remove(path(segment_name(4, 9) + ".zst"));
  LogReader reader(directory_);
  LogReader::Missing missing;
  EXPECT_EQ(read(reader, &missing), "abcdefghijk");
  EXPECT_EQ(missing.all(), 0U);
}

TEST_F(LogFolder, WhatAKilledPackerLeftIsALeftoverEvenWithoutItsSegment) {
  write(segment_name(0, 4) + ".zst.new", "half");
  write("output.log.next", "");
  write("output.index.new.123", "");
  write(segment_name(4, 8), "kept");
  EXPECT_EQ(leftovers(directory_).size(), 3U);
}

TEST_F(LogFolder, ASegmentDroppedWhileItIsPackedStaysDropped) {
  EXPECT_FALSE(pack_segment(directory_, segment_name(0, 5)));
  EXPECT_TRUE(finished_segments(directory_).empty());
}

TEST_F(LogFolder, ItsTailIsAsLongAsWasWanted) {
  write(segment_name(10, 16), "abcdef");
  write("output.log", "ghi");
  EXPECT_EQ(log_tail(directory_, 0), "");
  EXPECT_EQ(log_tail(directory_, 4), "fghi");
  EXPECT_EQ(log_tail(directory_, 9), "abcdefghi");
  EXPECT_EQ(log_tail(directory_, 10), "abcdefghi");
}

TEST_F(LogFolder, APieceBeyondWhatIsReadAtOnceFollows) {
  std::string large;
  for (int i = 0; large.size() < (600 << 10); ++i) large += std::to_string(i) + " ";
  write(segment_name(0, large.size()), large);
  write("output.log", large);
  LogReader reader(directory_);
  EXPECT_TRUE(read(reader) == large + large);
  EXPECT_EQ(reader.offset(), 2 * large.size());
  EXPECT_EQ(reader.extent().begin, 0U);
}

TEST_F(LogFolder, WhyItEndsBeforeItsEndIsSaid) {
  LogReader reader(directory_);
  EXPECT_EQ(read(reader), "");
  EXPECT_FALSE(reader.trouble()) << "nothing was printed yet";
  LogReader nowhere(path("nowhere"));
  EXPECT_EQ(read(nowhere), "");
  EXPECT_FALSE(nowhere.trouble()) << "the run was removed";
  write("secret", "secret");
  for (const std::string& name : {segment_name(0, 6), segment_name(0, 6) + ".zst"}) {
    std::filesystem::create_symlink("secret", path(name));
    LogReader linked(directory_);
    EXPECT_EQ(read(linked), "") << name;
    EXPECT_TRUE(linked.trouble()) << name << " is a link";
    std::filesystem::remove(path(name));
  }
  std::filesystem::create_directory(path("output.log"));
  LogReader refused(directory_);
  EXPECT_EQ(read(refused), "");
  ASSERT_TRUE(refused.trouble());
  EXPECT_NE(refused.trouble()->message.find("it is no regular file"), std::string::npos);
  LogReader no_directory(path("secret"));
  EXPECT_EQ(read(no_directory), "");
  ASSERT_TRUE(no_directory.trouble());
  EXPECT_NE(no_directory.trouble()->message.find("cannot list"), std::string::npos);
}

TEST_F(LogFolder, WhenItWasWrittenLastIsToldToTheNanosecond) {
  write("output.log", "x");
  struct stat info{};
  ASSERT_EQ(::stat(path("output.log").c_str(), &info), 0);
  EXPECT_EQ(log_written_wall_ns(directory_),
            std::int64_t{info.st_mtim.tv_sec} * nanoseconds_per_second + info.st_mtim.tv_nsec);
  const std::int64_t before = now().wall_ns;
  EXPECT_GE(log_written_wall_ns(path("nowhere")), before) << "not known: perhaps now";
  std::filesystem::remove(path("output.log"));
  EXPECT_GE(log_written_wall_ns(directory_), before);
}

TEST_F(LogFolder, APackedPartHasAFrameForEachMegabyte) {
  const std::string content = std::string(largest_frame, 'a') + "b";
  write("part", content);
  ASSERT_TRUE(pack_segment(directory_, "part"));
  std::ifstream in(path("part.zst"), std::ios::binary);
  const std::string packed{std::istreambuf_iterator<char>(in), {}};
  const std::vector<PackedFrame> frames = frames_of(packed);
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[0].at, 0U);
  EXPECT_EQ(frames[0].begin, 0U);
  EXPECT_EQ(frames[0].length, largest_frame);
  EXPECT_EQ(frames[1].at, frames[0].size);
  EXPECT_EQ(frames[1].begin, largest_frame);
  EXPECT_EQ(frames[1].length, 1U);
  EXPECT_EQ(frames[1].at + frames[1].size, packed.size());
  EXPECT_EQ(unpack(packed, frames[1]), "b");
  PackedFrame wrong = frames[1];
  wrong.length = 2;
  EXPECT_FALSE(unpack(packed, wrong)) << "shorter than it says";
  EXPECT_TRUE(frames_of("garbage").empty());
  EXPECT_EQ(frames_of(packed + "garbage").size(), 2U);
}

TEST_F(LogFolder, WhatCannotBePackedStaysAsItWas) {
  write("part", "content");
  std::filesystem::create_directories(path("part.zst/something"));
  EXPECT_FALSE(pack_segment(directory_, "part"));
  EXPECT_TRUE(std::filesystem::exists(path("part")));
  EXPECT_FALSE(std::filesystem::exists(path("part.zst.new"))) << "nothing is left behind";
}

TEST_F(LogFolder, NothingIsRead) {
  LogReader reader(directory_);
  EXPECT_EQ(read(reader), "");
  EXPECT_EQ(log_tail(directory_, 100), "");
}

TEST_F(LogFolder, APackedPartInTheMiddleIsReadFromAnyByte) {
  const std::string content = std::string(largest_frame, 'a') + std::string(100, 'b');
  const std::uint64_t begin = 1000, end = begin + content.size();
  write(segment_name(begin, end), content);
  write("output.log", "behind");
  ASSERT_TRUE(pack_segment(directory_, segment_name(begin, end)));
  LogReader reader(directory_);
  for (const std::size_t at : {std::size_t{0}, std::size_t{5}, largest_frame - 1, largest_frame, content.size() - 1}) {
    reader.seek(begin + at);
    EXPECT_TRUE(read(reader) == content.substr(at) + "behind") << at;
    EXPECT_EQ(reader.offset(), end + 6);
  }
  const std::string name = path(segment_name(begin, end) + ".zst");
  std::filesystem::resize_file(name, std::filesystem::file_size(name) - 1);
  reader.seek(begin + 5);
  LogReader::Missing missing;
  EXPECT_TRUE(read(reader, &missing) == content.substr(5, largest_frame - 5) + "behind");
  EXPECT_EQ(missing.damaged, 100U);
  reader.seek(end - 30);
  missing = {};
  EXPECT_EQ(read(reader, &missing), "behind");
  EXPECT_EQ(missing.damaged, 30U) << "no more than was asked for";
}

TEST_F(LogFolder, AFrameThatCannotBeUnpackedIsPassedOverAndTheNextIsRead) {
  const std::string content = std::string(largest_frame, 'a') + std::string(100, 'b');
  const std::string name = segment_name(1000, 1000 + content.size());
  write(name, content);
  write("output.log", "behind");
  ASSERT_TRUE(pack_segment(directory_, name));
  std::fstream packed(path(name + ".zst"), std::ios::in | std::ios::out | std::ios::binary);
  packed.seekp(6);  // behind magic number, descriptor and window (RFC 8878): its length, now one byte too short
  packed.write("\xff\xff\x0f", 3);
  packed.close();
  LogReader reader(directory_);
  reader.seek(1000);
  LogReader::Missing missing;
  EXPECT_EQ(read(reader, &missing), std::string(100, 'b') + "behind");
  EXPECT_EQ(missing.damaged, largest_frame);
}

TEST_F(LogFolder, APackedPartThatOverlapsTheOneBeforeIsNotRepeated) {
  write(segment_name(0, 6), "abcdef");
  write(segment_name(4, 9), "efghi");
  ASSERT_TRUE(pack_segment(directory_, segment_name(4, 9)));
  LogReader reader(directory_);
  LogReader::Missing missing;
  EXPECT_EQ(read(reader, &missing), "abcdefghi");
  EXPECT_EQ(missing.all(), 0U);
}

}  // namespace
}  // namespace vigie::wire
