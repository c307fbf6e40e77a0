#include "tui/graph.hpp"

#include <gtest/gtest.h>

#include <clocale>

namespace vigie::tui {
namespace {

class Graphs : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { std::setlocale(LC_CTYPE, "C.UTF-8"); }
};

std::string one_row(const Series& values, int columns, const GraphWish& wish) {
  Grid grid({1, columns});
  draw_graph(grid, {.row = 0, .column = 0, .rows = 1, .columns = columns}, values, wish);
  return grid.text(0);
}

TEST_F(Graphs, ASpikeStaysWhenManyValuesShareADot) {
  Series values(100, Reading<double>(1.0));
  values[37] = 99.0;
  EXPECT_EQ(*largest(resampled(values, 10)), 99.0);
  EXPECT_EQ(resampled(values, 10).size(), 10U);
}

TEST_F(Graphs, GroupsStayTheSameWhileValuesLeaveAtTheFront) {
  const Series values{1.0, 5.0, 2.0, 3.0, 9.0, 4.0};
  const Series later(values.begin() + 1, values.end());
  const Series before = resampled(values, 2), after = resampled(later, 2, 1);
  EXPECT_EQ(Series(before.begin() + 1, before.end()), Series(after.begin() + 1, after.end()));
}

TEST_F(Graphs, WhatIsNotKnownIsAGapAndZeroIsEmptyToo) {
  const Series values{100.0, Presence::denied, 0.0, 100.0};
  EXPECT_EQ(one_row(values, 4, {.symbols = Symbols::block}), "█  █");
}

TEST_F(Graphs, ATinyValueHasADotAndAHugeOneDoesNotLeaveTheGraph) {
  EXPECT_EQ(one_row({0.001, 1e9}, 1, {.symbols = Symbols::braille}), "⣸");
}

TEST_F(Graphs, TheNewestValueIsAtTheRightEdge) {
  EXPECT_EQ(one_row({100.0}, 3, {.symbols = Symbols::ascii}), "  #");
  EXPECT_EQ(one_row({0.0, 0.0, 0.0, 0.0, 100.0}, 3, {.symbols = Symbols::ascii}), "  #");
}

TEST_F(Graphs, SeveralRowsFillFromBelowWithALighterColourAbove) {
  Grid grid({2, 1});
  draw_graph(grid, {.row = 0, .column = 0, .rows = 2, .columns = 1}, Series{100.0}, {.symbols = Symbols::block});
  EXPECT_EQ(grid.text(0) + grid.text(1), "██");
  EXPECT_LT(static_cast<int>(grid.at(1, 0).role), static_cast<int>(grid.at(0, 0).role));
  draw_graph(grid, {.row = 0, .column = 0, .rows = 2, .columns = 1}, Series{50.0}, {.symbols = Symbols::block});
  EXPECT_EQ(grid.text(0), "");
  EXPECT_EQ(grid.text(1), "█");
}

TEST_F(Graphs, AGraphThatHangsGrowsDown) {
  Grid grid({2, 1});
  draw_graph(grid, {.row = 0, .column = 0, .rows = 2, .columns = 1}, Series{50.0},
             {.symbols = Symbols::block, .hangs = true});
  EXPECT_EQ(grid.text(0), "█");
  EXPECT_EQ(grid.text(1), "");
}

TEST_F(Graphs, AScaleHasRoomAndDoesNotFollowEachValue) {
  EXPECT_EQ(scale_top(0), 1);
  EXPECT_EQ(scale_top(100), 100);
  EXPECT_EQ(scale_top(101), 200);
  EXPECT_EQ(scale_top(180), scale_top(110));
  EXPECT_EQ(scale_top_bytes(1), 1024);
  EXPECT_EQ(scale_top_bytes(3.0 * 1024 * 1024), 4.0 * 1024 * 1024);
  EXPECT_EQ(scale_top_bytes(600.0 * 1024), 1024.0 * 1024);
}

TEST_F(Graphs, ABarOfAnUnknownShareIsNotAnEmptyBar) {
  Grid grid({2, 8});
  draw_bar(grid, 0, 0, 8, 0.0, Symbols::ascii);
  draw_bar(grid, 1, 0, 8, Presence::denied, Symbols::ascii);
  EXPECT_EQ(grid.text(0), "--------");
  EXPECT_EQ(grid.text(1), "----?---");
}

TEST_F(Graphs, ABarHasHalfSteps) {
  Grid grid({1, 4});
  draw_bar(grid, 0, 0, 4, 0.375, Symbols::ascii);
  EXPECT_EQ(grid.text(0), "#=--");
}

TEST_F(Graphs, ASparklineHasTheColourOfEachValue) {
  Grid grid({1, 2});
  draw_sparkline(grid, 0, 0, 2, Series{1.0, 100.0}, {.symbols = Symbols::block});
  EXPECT_EQ(grid.at(0, 0).role, Role::graph1);
  EXPECT_EQ(grid.at(0, 1).role, Role::graph6);
}

}  // namespace
}  // namespace vigie::tui
