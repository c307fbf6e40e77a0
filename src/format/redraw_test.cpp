#include "format/redraw.hpp"

#include <gtest/gtest.h>

namespace vigie::format {
namespace {

constexpr Redraw::Screen screen{.rows = 10, .columns = 80, .mark = true};

std::string drawn(Redraw& redraw, std::string_view text, const Redraw::Screen& on = screen) {
  std::string out;
  redraw.draw(out, text, on);
  return out;
}

TEST(Redraw, TheFirstTimeEverythingIsDrawnAndNothingMarked) {
  Redraw redraw;
  EXPECT_EQ(drawn(redraw, "a 1\nb 2\n"), "\x1b[H\x1b[2J\x1b[1;1Ha 1\x1b[K\x1b[2;1Hb 2\x1b[K\x1b[3;1H\x1b[J");
}

TEST(Redraw, OnlyTheLineThatChangedIsWrittenAndOnlyItsNewWordMarked) {
  Redraw redraw;
  drawn(redraw, "a 1\nb 2\n");
  EXPECT_EQ(drawn(redraw, "a 1\nb 3\n"), "\x1b[2;1Hb \x1b[7m3\x1b[27m\x1b[K\x1b[3;1H\x1b[J");
}

TEST(Redraw, AMarkIsTakenAwayWhenTheValueRests) {
  Redraw redraw;
  drawn(redraw, "b 2\n");
  drawn(redraw, "b 3\n");
  EXPECT_EQ(drawn(redraw, "b 3\n"), "\x1b[1;1Hb 3\x1b[K\x1b[2;1H\x1b[J");
  EXPECT_EQ(drawn(redraw, "b 3\n"), "\x1b[2;1H\x1b[J");
}

TEST(Redraw, AWordThatMovedIsMarkedWhereItIsNow) {
  Redraw redraw;
  drawn(redraw, "9 x\n");
  EXPECT_EQ(drawn(redraw, "10 x\n"), "\x1b[1;1H\x1b[7m10\x1b[27m \x1b[7mx\x1b[27m\x1b[K\x1b[2;1H\x1b[J");
}

TEST(Redraw, AWordThatStaysIsNotMarkedBecauseItsNeighbourGrew) {
  Redraw redraw;
  drawn(redraw, "9  x\n");
  EXPECT_EQ(drawn(redraw, "10 x\n"), "\x1b[1;1H\x1b[7m10\x1b[27m x\x1b[K\x1b[2;1H\x1b[J");
}

TEST(Redraw, WithoutMarksChangesAreDrawnPlainly) {
  Redraw redraw;
  const Redraw::Screen quiet{.rows = 10, .columns = 80, .mark = false};
  drawn(redraw, "b 2\n", quiet);
  EXPECT_EQ(drawn(redraw, "b 3\n", quiet), "\x1b[1;1Hb 3\x1b[K\x1b[2;1H\x1b[J");
}

TEST(Redraw, ANewSizeDrawsEverythingAgain) {
  Redraw redraw;
  drawn(redraw, "a\n");
  EXPECT_TRUE(drawn(redraw, "a\n", {.rows = 20, .columns = 80, .mark = true}).starts_with("\x1b[H\x1b[2J"));
}

TEST(Redraw, WhatDoesNotFitIsCountedAndNeverScrolls) {
  Redraw redraw;
  const std::string out = drawn(redraw, "1\n2\n3\n4\n5\n", {.rows = 4, .columns = 80, .mark = true});
  EXPECT_NE(out.find("(3 more lines)"), std::string::npos) << out;
  EXPECT_EQ(out.find('\n'), std::string::npos) << out;
  EXPECT_EQ(out.find("\x1b[5;1H"), std::string::npos) << out;
}

TEST(Redraw, AsManyLinesAsThereIsRoomForAreDrawnWhole) {
  Redraw fits;
  const std::string out = drawn(fits, "1\n2\n3\n", {.rows = 4, .columns = 80, .mark = true});
  EXPECT_EQ(out.find("more line"), std::string::npos) << out;
  Redraw one_too_many;
  const std::string cut = drawn(one_too_many, "1\n2\n3\n4\n", {.rows = 4, .columns = 80, .mark = true});
  EXPECT_NE(cut.find("\x1b[2;1H2"), std::string::npos) << cut;
  EXPECT_NE(cut.find("(2 more lines)"), std::string::npos) << cut;
  EXPECT_EQ(cut.find("\x1b[3;1H3"), std::string::npos) << cut;
  Redraw tiny;
  EXPECT_EQ(drawn(tiny, "1\n2\n3\n", {.rows = 2, .columns = 80, .mark = true}).find("\x1b[1;1H1"), std::string::npos);
}

TEST(Redraw, AWordThatIsTheSameAtItsColumnIsNotMarkedAmongOthers) {
  Redraw redraw;
  drawn(redraw, "aa bb cc dd\n");
  EXPECT_EQ(drawn(redraw, "aa xx cc yy\n"), "\x1b[1;1Haa \x1b[7mxx\x1b[27m cc \x1b[7myy\x1b[27m\x1b[K\x1b[2;1H\x1b[J");
}

TEST(Redraw, LinesThatAreGoneAreCleared) {
  Redraw redraw;
  drawn(redraw, "a\nb\nc\n");
  EXPECT_EQ(drawn(redraw, "a\n"), "\x1b[2;1H\x1b[J");
}

TEST(Redraw, ALineWithColoursIsDrawnAsItIs) {
  Redraw redraw;
  drawn(redraw, "\x1b[1mPID\x1b[0m\n");
  EXPECT_EQ(drawn(redraw, "\x1b[1mPIDS\x1b[0m\n"), "\x1b[1;1H\x1b[1mPIDS\x1b[0m\x1b[K\x1b[2;1H\x1b[J");
}

}  // namespace
}  // namespace vigie::format
