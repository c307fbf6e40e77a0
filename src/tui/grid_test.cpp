#include "tui/grid.hpp"

#include <gtest/gtest.h>

#include <clocale>

namespace vigie::tui {
namespace {

class Grids : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { std::setlocale(LC_CTYPE, "C.UTF-8"); }
};

TEST_F(Grids, NothingIsDrawnOutsideWhateverThePlace) {
  Grid grid({2, 4});
  grid.put(-1, 0, "above");
  grid.put(2, 0, "below");
  grid.put(0, 9, "right");
  grid.put(0, -2, "abcdefgh");
  grid.paint({.row = -5, .column = -5, .rows = 100, .columns = 100}, Role::bad);
  grid.clear({.row = 1, .column = 3, .rows = 9, .columns = 9});
  EXPECT_EQ(grid.text(0), "cdef");
  EXPECT_EQ(grid.text(1), "");
}

TEST_F(Grids, AWideCharacterAtTheEdgeIsLeftOutAndNotCutInHalf) {
  Grid grid({1, 5});
  EXPECT_EQ(grid.put(0, 0, "日本語"), 4);
  EXPECT_EQ(grid.text(0), "日本");
  EXPECT_EQ(grid.at(0, 1).text, "");
}

TEST_F(Grids, WhatHalfOfAWideCharacterIsWrittenOverLeavesABlank) {
  Grid grid({1, 4});
  grid.put(0, 0, "日本");
  grid.put(0, 1, "x");
  EXPECT_EQ(grid.text(0), " x本");
  grid.put(0, 2, "y");
  EXPECT_EQ(grid.text(0), " xy");
  EXPECT_EQ(grid.at(0, 3).text, " ");
}

TEST_F(Grids, MarksStayWithTheirCharacterAndTooManyAreLeftOut) {
  Grid grid({1, 3});
  std::string name = "e";
  for (int mark = 0; mark < 50; ++mark) name += "\u0301";
  grid.put(0, 0, name + "x");
  EXPECT_EQ(grid.at(0, 1).text, "x");
  EXPECT_EQ(grid.at(0, 0).text, "e\u0301\u0301\u0301\u0301");
}

TEST_F(Grids, AMarkAtTheBeginningOfATextTouchesNothingBefore) {
  Grid grid({1, 3});
  grid.put(0, 0, "a");
  grid.put(0, 1, "\u0301b");
  EXPECT_EQ(grid.at(0, 0).text, "a");
  EXPECT_EQ(grid.at(0, 1).text, "b");
}

TEST_F(Grids, AHostileNameIsEscaped) {
  Grid grid({1, 40});
  grid.put(0, 0, "\x1b[2J\u202e\xff");
  EXPECT_EQ(grid.text(0), "\\x1b[2J\\u{202e}\\xff");
}

TEST_F(Grids, ANumberEndsWhereItsColumnEnds) {
  Grid grid({1, 8});
  grid.put_right(0, 8, "12.5", 8);
  EXPECT_EQ(grid.text(0), "    12.5");
  grid.put_right(0, 8, "too long to fit", 8);
  EXPECT_EQ(grid.text(0), "too lon…");
}

TEST_F(Grids, APartKeepsItsWideCharactersWhereItIsPlaced) {
  Grid part({1, 4});
  part.put(0, 0, "a日b");
  Grid grid({1, 4});
  grid.place(0, 1, part);
  EXPECT_EQ(grid.text(0), " a日");
  Grid narrow({1, 3});
  narrow.place(0, 1, part);
  EXPECT_EQ(narrow.text(0), " a");
}

TEST_F(Grids, AnEmptyGridTakesEverything) {
  Grid grid({0, -3});
  EXPECT_EQ(grid.put(0, 0, "x"), 0);
  grid.clear({.row = 0, .column = 0, .rows = 1, .columns = 1});
  EXPECT_TRUE(grid.cells().empty());
}

}  // namespace
}  // namespace vigie::tui
