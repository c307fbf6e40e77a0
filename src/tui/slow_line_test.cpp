#include "tui/slow_line.hpp"

#include <gtest/gtest.h>

namespace vigie::tui {
namespace {

constexpr int everything = 1 << 30;

Grid grid_of(std::initializer_list<std::string_view> rows) {
  Grid grid({.rows = static_cast<int>(rows.size()), .columns = 20});
  int at = 0;
  for (const std::string_view row : rows) grid.put(at++, 0, row);
  return grid;
}

std::string text_of_pieces(const std::vector<Backlog::Piece>& pieces) {
  std::string text;
  for (const Backlog::Piece& piece : pieces) text += piece.cell->text;
  return text;
}

/// A terminal that shows a picture.
Backlog showing(const Grid& grid) {
  Backlog backlog;
  backlog.want(grid);
  EXPECT_TRUE(backlog.take_erase());
  (void)backlog.take(everything);
  return backlog;
}

TEST(Backlogs, AFastLineGetsAllThatDiffersAtOnceAndThenNothing) {
  Backlog backlog = showing(grid_of({"abc", "def"}));
  EXPECT_TRUE(backlog.is_empty());
  backlog.want(grid_of({"abc", "dXf"}));
  EXPECT_FALSE(backlog.is_empty());
  EXPECT_EQ(text_of_pieces(backlog.take(everything)), "X");
  EXPECT_TRUE(backlog.is_empty());
  EXPECT_FALSE(backlog.take_erase());
}

TEST(Backlogs, WhatChangedLastGoesBeforeTheRestOfThePictureBefore) {
  Backlog backlog = showing(grid_of({"aaa", "bbb", "ccc"}));
  backlog.want(grid_of({"AAA", "BBB", "ccc"}));
  EXPECT_EQ(text_of_pieces(backlog.take(1)), "A");
  backlog.want(grid_of({"AAA", "BBB", "key"}));
  EXPECT_EQ(text_of_pieces(backlog.take(everything)), "keyAABBB");
  EXPECT_TRUE(backlog.is_empty());
}

TEST(Backlogs, TheRowUnderTheCursorGoesFirst) {
  Backlog backlog = showing(grid_of({"aaa", "bbb"}));
  Grid moved = grid_of({"AAA", "BBB"});
  moved.paint({.row = 1, .column = 0, .rows = 1, .columns = 20}, Role::selected);
  backlog.want(moved);
  EXPECT_EQ(text_of_pieces(backlog.take(1)), "B");
}

TEST(Backlogs, APieceIsNoLargerThanTheLineTakes) {
  Backlog backlog = showing(grid_of({""}));
  backlog.want(grid_of({"aaaaaaaaaaaaaaaaaaaa"}));
  int most = 0, pieces = 0;
  for (; !backlog.is_empty() && pieces < 100; ++pieces) {
    int bytes = 0;
    for (const Backlog::Piece& piece : backlog.take(32)) bytes += piece.bytes;
    most = std::max(most, bytes);
  }
  EXPECT_GT(pieces, 1);
  EXPECT_LE(most, 32);
}

TEST(Backlogs, AnotherSizeAndALostScreenAreWrittenAnew) {
  Backlog backlog = showing(grid_of({"abc", "def"}));
  backlog.want(grid_of({"abc"}));
  EXPECT_TRUE(backlog.take_erase());
  EXPECT_EQ(text_of_pieces(backlog.take(everything)), "abc");
  backlog.forget();
  backlog.want(grid_of({"abc"}));
  EXPECT_TRUE(backlog.take_erase());
  EXPECT_EQ(text_of_pieces(backlog.take(everything)), "abc");
}

TEST(SlowLines, OnlyASlowOneMakesPicturesWait) {
  SlowLine fast(0), slow(960);
  fast.wrote(100'000);
  slow.wrote(100'000);
  EXPECT_GT(fast.room(), 100'000);
  EXPECT_EQ(fast.remark(), "");
  EXPECT_EQ(slow.room(), 0);
  EXPECT_GT(slow.wait_ms(), 1);
  EXPECT_NE(slow.remark().find("960 bytes a second"), std::string::npos);
}

}  // namespace
}  // namespace vigie::tui
