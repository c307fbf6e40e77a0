#include "keep/log/output_log.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>

#include "base/test_directory.hpp"
#include "base/text.hpp"
#include "wire/log_reader.hpp"

namespace vigie::keep {
namespace {

constexpr std::uint64_t small_log = 1 << 20;
using Want = LogBoundary::Want;

class Logs : public ::testing::Test {
 protected:
  [[nodiscard]] std::string content() const { return wire::log_tail(directory_, 1 << 30); }
  [[nodiscard]] std::vector<wire::LogSegment> finished() const { return wire::finished_segments(directory_); }

  TestDirectory temporary_;
  const std::string& directory_ = temporary_.path();
  Handover handover_;
};

TEST_F(Logs, AFloodIsThereByteForByteAcrossSegments) {
  std::string written;
  {
    OutputLog log(directory_, 64 << 20, handover_);
    for (int i = 0; written.size() < 9 << 20; i += 700) {
      std::string piece;
      for (int line = i; line < i + 700; ++line) piece += std::to_string(line) + "\r\n";
      log.write(piece);
      written += piece;
    }
  }
  EXPECT_TRUE(content() == written);
  ASSERT_GE(finished().size(), 2U);
  for (const wire::LogSegment& segment : finished()) EXPECT_TRUE(segment.packed) << segment.name;
}

TEST_F(Logs, NoSegmentEndsWithinACharacterOrAnEscapeSequence) {
  OutputLog log(directory_, small_log, handover_);
  std::string piece = "\x1b[38;5;196m█\x1b]8;;http://x\x1b\\é\x1b]8;;\a";
  for (int i = 0; i < 40000; ++i) log.write(std::string_view(piece).substr(i % 7 * 3, 3));
  for (int i = 0; i < 12000; ++i) log.write(piece);
  ASSERT_GE(finished().size(), 2U);
  wire::LogReader reader(directory_);
  for (const wire::LogSegment& segment : finished()) {
    reader.seek(segment.end - 40);
    const std::string end(reader.next().bytes.substr(0, 40));
    EXPECT_EQ(incomplete_tail(end), 0U);
    LogBoundary boundary;
    EXPECT_EQ(boundary.cut(end, Want::character), end.size()) << end;
  }
}

TEST_F(Logs, ASegmentEndsWithALineHoweverMuchComesAtOnce) {
  OutputLog log(directory_, small_log, handover_);
  std::string piece;
  while (piece.size() < 45'000) piece += "step 12 loss 0.25 of a training that prints much\n";
  for (int i = 0; i < 20; ++i) log.write(piece);
  ASSERT_GE(finished().size(), 4U);
  for (const wire::LogSegment& segment : finished()) {
    wire::LogReader reader(directory_);
    reader.seek(segment.end - 1);
    EXPECT_EQ(reader.next().bytes.substr(0, 1), "\n") << segment.name;
  }
}

TEST_F(Logs, TheOldestGoesWhenTheLimitIsReached) {
  {
    OutputLog log(directory_, small_log, handover_);
    std::string noise(1000, '\0');
    unsigned seed = 1;
    for (int i = 0; i < 5000; ++i) {
      for (char& byte : noise) byte = static_cast<char>((seed = seed * 1664525 + 1013904223) >> 24);
      noise.back() = '\n';
      log.write(noise);
    }
  }
  std::uint64_t total = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) total += entry.file_size();
  EXPECT_LE(total, small_log + (64 << 10));
  wire::LogReader reader(directory_);
  EXPECT_EQ(reader.extent().end, 5'000'000U);
  EXPECT_GT(reader.extent().begin, 3'000'000U);
}

TEST_F(Logs, ARecorderStartedAgainGoesOnWhereTheLogEnds) {
  std::string written;
  for (int recorder = 0; recorder < 5; ++recorder) {
    {
      OutputLog log(directory_, 64 << 20, handover_);
      for (int i = 0; i < 20000; ++i) {
        const std::string line =
            "recorder " + std::to_string(recorder) + " line " + std::to_string(i) + std::string(60, '.') + "\n";
        log.write(line);
        written += line;
      }
    }
    // What SIGKILL may leave: a segment that is plain and packed, one half packed, the next output.log.
    std::ofstream(directory_ + "/output.log.next") << "";
    if (finished().empty()) continue;
    const wire::LogSegment last = finished().back();
    std::ofstream(directory_ + "/" + wire::segment_name(last.begin, last.end)) << "half";
    std::ofstream(directory_ + "/" + last.name + ".new") << "half";
  }
  OutputLog log(directory_, 64 << 20, handover_);
  const std::string read = content();
  EXPECT_EQ(read.size(), written.size());
  EXPECT_TRUE(read == written);  // not EXPECT_EQ: its explanation would take all memory
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    const std::string name = entry.path().filename();
    EXPECT_TRUE(name == "output.log" || name == "output.index" || name == wire::begin_name(0) ||
                wire::parse_segment_name(name).value_or(wire::LogSegment{}).packed)
        << name;
  }
}

TEST_F(Logs, WhatARecorderThatWasKilledHadReadIsWrittenOnce) {
  for (const std::size_t written : {0U, 3U, 8U}) {
    Handover handover;
    const std::string before = content();
    {
      OutputLog log(directory_, 64 << 20, handover);
      std::ranges::copy(std::string_view("12345678"), handover.room(log.end()).begin());
      (void)handover.took(8);
      log.write(std::string_view("12345678").substr(0, written));
    }
    OutputLog log(directory_, 64 << 20, handover);
    EXPECT_EQ(content(), before + "12345678");
    (void)handover.room(log.end());
    EXPECT_EQ(handover.left().bytes, "");
  }
}

TEST_F(Logs, WhatARecorderThatWasKilledCouldNotWriteIsStillSaid) {
  handover_.lost() = 1234;
  OutputLog log(directory_, 64 << 20, handover_);
  log.write("after");
  EXPECT_NE(content().find("1234 bytes of output are missing here"), std::string::npos);
  EXPECT_TRUE(content().ends_with("after"));
  EXPECT_EQ(handover_.lost(), 0U);
}

TEST_F(Logs, AKilledRecorderThatWasAboutToDropLeavesNoHole) {
  for (std::uint64_t at = 0; at < 5; ++at)
    std::ofstream(directory_ + "/" + wire::segment_name(at * 10, at * 10 + 10)) << "0123456789";
  for (const std::uint64_t at : {0, 30}) std::ofstream(directory_ + "/" + wire::begin_name(at)) << "";
  std::ofstream(directory_ + "/" + wire::segment_name(0, 40) + ".zst.new") << "half";
  {
    const OutputLog log(directory_, small_log, handover_);
  }
  ASSERT_EQ(finished().size(), 2U);
  EXPECT_EQ(finished().front().begin, 30U);
  EXPECT_TRUE(wire::leftovers(directory_).empty());
}

TEST_F(Logs, ALimitOfTheFileSizeMakesMoreFilesAndNoGap) {
  const auto before = ::signal(SIGXFSZ, SIG_IGN);
  rlimit whole{};
  ::getrlimit(RLIMIT_FSIZE, &whole);
  const rlimit small{.rlim_cur = 100'000, .rlim_max = whole.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  std::string written;
  {
    OutputLog log(directory_, 64 << 20, handover_);
    for (int i = 0; i < 300; ++i) {
      const std::string piece(4000, static_cast<char>('a' + i % 26));  // without a place to cut
      log.write(piece);
      written += piece;
    }
  }
  ::setrlimit(RLIMIT_FSIZE, &whole);
  ::signal(SIGXFSZ, before);
  EXPECT_TRUE(content() == written);
  EXPECT_GT(finished().size(), 10U);
}

TEST_F(Logs, AFileThatSomebodyElseEmptiedIsFinishedAsItIs) {
  OutputLog log(directory_, 64 << 20, handover_);
  log.write("before\n");
  std::filesystem::resize_file(directory_ + "/output.log", 0);
  log.write("one\n");
  log.write("two\n");
  EXPECT_EQ(log.end(), 15U);
  EXPECT_EQ(content(), "one\ntwo\n");
}

TEST(LogBoundary, CutsAtTheLastLineEndOutsideOfSequences) {
  EXPECT_EQ(LogBoundary().cut("one\ntwo\nthr", Want::line), 8U);
  EXPECT_EQ(LogBoundary().cut("one\n\x1b]0;two\n", Want::line), 4U);
  EXPECT_EQ(LogBoundary().cut("\x1b]0;two\n", Want::line), std::nullopt);
  EXPECT_EQ(LogBoundary().cut("ab\xe2\x96", Want::character), 2U);
  EXPECT_EQ(LogBoundary().cut("ab\x1b[3", Want::character), 2U);
  EXPECT_EQ(LogBoundary().cut("\x1b[3", Want::anything), 3U);
}

TEST(LogBoundary, RemembersWhatWasOpenInEarlierPieces) {
  const std::string text = "a\x1b[1mb█\x1b]0;t\x1b\\c\x1b(Bd";
  for (std::size_t at = 0; at <= text.size(); ++at) {
    LogBoundary whole;
    const std::optional<std::size_t> expected = whole.cut(text, Want::character);
    LogBoundary split;
    split.pass(std::string_view(text).substr(0, at));
    const std::optional<std::size_t> cut = split.cut(std::string_view(text).substr(at), Want::character);
    if (at < text.size()) {
      EXPECT_EQ(at + cut.value_or(0), expected) << at;
    }
  }
  LogBoundary boundary;
  boundary.pass("x\xe2");
  EXPECT_EQ(boundary.cut("\x96", Want::character), std::nullopt);
  EXPECT_EQ(boundary.cut("\x88", Want::character), 1U);
}

}  // namespace
}  // namespace vigie::keep
