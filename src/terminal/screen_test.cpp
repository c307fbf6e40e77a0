#include "terminal/screen.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

namespace vigie::terminal {
namespace {

TEST(Screen, ACarriageReturnOverwrites) {
  Screen screen(5, 40);
  screen.write("  1/9\r  2/9");
  EXPECT_EQ(screen.lines_up_from_cursor(1).at(0), "  2/9");
}

TEST(Screen, BytesMayBeSplitAnywhere) {
  const std::string bytes = "\x1b[31m 50%|█▋ |\x1b[0m done";
  Screen whole(5, 40);
  Screen pieces(5, 40);
  whole.write(bytes);
  for (const char byte : bytes) pieces.write({&byte, 1});
  EXPECT_EQ(whole.lines_up_from_cursor(1), pieces.lines_up_from_cursor(1));
  EXPECT_EQ(whole.lines_up_from_cursor(1).at(0), " 50%|█▋ | done");
}

TEST(Screen, LinesAboveTheCursorFollow) {
  Screen screen(5, 40);
  screen.write("one\r\ntwo\r\nthree");
  EXPECT_EQ(screen.lines_up_from_cursor(9), (std::vector<std::string>{"three", "two", "one"}));
}

TEST(Screen, RepeatsTheLastCharacterAsNcursesAsksFor) {
  Screen screen(5, 12);
  screen.write("=\x1b[3b>\r\n\u2588\x1b[2b|");
  EXPECT_EQ(screen.lines_up_from_cursor(2), (std::vector<std::string>{"\u2588\u2588\u2588|", "====>"}));
}

TEST(Screen, RepeatsNothingWhenNothingWithAWidthWasPrinted) {
  for (const std::string_view bytes : {"\x1b[b", "\x1b[7b", "\u200b\x1b[b", "\x1b\n[\n5\nb", "\x1b[0;1mb\x1b[1;2b",
                                       "\x1b]0;x\x1b[b", "\x1b!$*[b", "\x1b\xff[b"}) {
    Screen whole(5, 12);
    whole.write(bytes);
    Screen pieces(5, 12);
    for (const char byte : bytes) pieces.write({&byte, 1});
    EXPECT_EQ(whole.lines_up_from_cursor(5), pieces.lines_up_from_cursor(5));
  }
}

TEST(Screen, ARepetitionFillsOneLineAtMost) {
  Screen screen(3, 4);
  screen.write("x\x1b[99999999999999999999999b");
  EXPECT_EQ(screen.lines_up_from_cursor(3), (std::vector<std::string>{"x", "xxxx"}));
}

TEST(Screen, AFullScreenShrinksWithTheCursorAtItsTop) {
  Screen screen(5, 12);
  screen.write("1\r\n2\r\n3\r\n4\r\n5\x1b[H");
  screen.resize(3, 8);
  EXPECT_EQ(screen.lines_up_from_cursor(9), (std::vector<std::string>{"1"}));
  screen.write("\x1b[Jx");
  EXPECT_EQ(screen.lines_up_from_cursor(9), (std::vector<std::string>{"x"}));
}

TEST(Screen, AWideCharacterFitsTheNarrowestScreen) {
  Screen screen(1, 1);
  screen.write("\u4924");
  EXPECT_EQ(screen.lines_up_from_cursor(1), (std::vector<std::string>{"\u4924"}));
}

TEST(Screen, SurvivesGarbageAndOddSizes) {
  Screen screen(0, 0);
  std::string garbage;
  for (int i = 0; i < 4096; ++i) garbage += static_cast<char>(i * 37 % 256);
  screen.write(garbage);
  screen.resize(1, 500);
  screen.write(garbage);
  EXPECT_EQ(screen.lines_up_from_cursor(3).size(), 1U);
}

std::vector<std::string> lines_of(const Screen& screen) {
  std::vector<std::string> lines = screen.lines_up_from_cursor(1000, 1000);
  std::ranges::reverse(lines);
  return lines;
}

std::string cursor_of(Screen& screen) {
  (void)screen.take_answers();
  screen.write("\x1b[6n");
  return screen.take_answers().substr(2);
}

using Lines = std::vector<std::string>;

TEST(Screen, SizesBeyondAnyTerminalAreBroughtWithin) {
  for (const auto& [wanted, rows, columns] : {std::tuple{0, 1, 2},
                                              {1, 1, 2},
                                              {2, 2, 2},
                                              {999, 999, 999},
                                              {1000, 1000, 1000},
                                              {1001, 1000, 1000},
                                              {-5, 1, 2}}) {
    Screen screen(wanted, wanted);
    EXPECT_EQ(screen.rows(), rows);
    EXPECT_EQ(screen.columns(), columns);
    Screen resized(5, 5);
    resized.resize(wanted, wanted);
    EXPECT_EQ(resized.rows(), rows);
    EXPECT_EQ(resized.columns(), columns);
  }
}

TEST(Screen, TwoThousandLinesThatScrolledAwayAreKept) {
  Screen screen(2, 20);
  for (int i = 1; i <= 2500; ++i) screen.write("line " + std::to_string(i) + ".\r\n");
  EXPECT_EQ(screen.lines_scrolled(), 2499U);
  const std::string all = screen.redraw({.rows = 2, .columns = 20, .scrollback_lines = 10'000});
  EXPECT_EQ(all.find("line 499."), std::string::npos);
  EXPECT_NE(all.find("line 500."), std::string::npos);
  EXPECT_EQ(screen.capacity().lines, 2002U);
  EXPECT_EQ(screen.capacity().cells, (128U << 10) + 3 * 20);
  screen.write("\x1b[3J");
  EXPECT_EQ(screen.redraw({.rows = 2, .columns = 20, .scrollback_lines = 10'000}).find("line 2400"), std::string::npos);
}

TEST(Screen, OfWideLinesFewerAreKept) {
  Screen screen(1, 1000);
  for (int i = 1; i <= 300; ++i) screen.write(std::string(999 - 8, 'x') + "end " + std::to_string(i) + ".\r\n");
  const std::string all = screen.redraw({.rows = 1, .columns = 1000, .scrollback_lines = 10'000});
  EXPECT_EQ(all.find("end 169."), std::string::npos) << "more than 128 Ki cells";
  EXPECT_NE(all.find("end 171."), std::string::npos);
}

TEST(Screen, ALineIsReadWithItsBlanksOnlyWhereItIsFull) {
  Screen screen(3, 8);
  screen.write("abcdefg \r\nabc  ");
  EXPECT_EQ(screen.lines_up_from_cursor(2), (Lines{"abc", "abcdefg "})) << "the blank may be one between two words";
  EXPECT_EQ(screen.lines_up_from_cursor(1), (Lines{"abc"}));
  EXPECT_EQ(screen.lines_up_from_cursor(0), (Lines{}));
  EXPECT_EQ(screen.lines_up_from_cursor(2, 1), (Lines{"", "abc"}));
  EXPECT_EQ(screen.lines_up_from_cursor(9, 9), (Lines{"", "abc", "abcdefg "})) << "no row is below the last";
}

TEST(Screen, AShorterOneLosesItsTopOnlyWhereTheCursorNeedsIt) {
  Screen low(4, 8);
  low.write("1\r\n2\r\n3\r\n4");
  low.resize(2, 8);
  EXPECT_EQ(lines_of(low), (Lines{"3", "4"}));
  EXPECT_EQ(low.lines_scrolled(), 2U);
  EXPECT_EQ(cursor_of(low), "2;2R");
  Screen high(4, 8);
  high.write("1\r\n2\r\n3\r\n4\x1b[2;5H");
  high.resize(2, 8);
  EXPECT_EQ(lines_of(high), (Lines{"1", "2"}));
  EXPECT_EQ(high.lines_scrolled(), 0U);
  EXPECT_EQ(cursor_of(high), "2;5R");
  high.resize(2, 3);
  EXPECT_EQ(cursor_of(high), "2;3R");
}

TEST(Screen, WhatANarrowerOneHidesComesBackUnlessItsLineChanged) {
  Screen screen(2, 8);
  screen.write("abcdefgh\r\n12345678");
  screen.resize(2, 4);
  EXPECT_EQ(lines_of(screen), (Lines{"abcd", "1234"}));
  screen.write("\x1b[2;1Hx");
  screen.resize(2, 8);
  EXPECT_EQ(lines_of(screen), (Lines{"abcdefgh", "x234"}));
}

TEST(Screen, AnotherSizeHasNoMarginsAndAnotherWidthItsUsualTabs) {
  Screen screen(4, 20);
  screen.write("\x1b[2;3r\x1b[3G\x1bH\x1b[H");
  screen.resize(5, 20);
  screen.write("\t");
  EXPECT_EQ(cursor_of(screen), "1;3R") << "as many columns: the stops are where they were";
  screen.resize(5, 24);
  screen.write("\r\t");
  EXPECT_EQ(cursor_of(screen), "1;9R");
  screen.write("\x1b[5;1H\x1b[A\x1b[A\x1b[A\x1b[A");
  EXPECT_EQ(cursor_of(screen), "1;1R") << "no region holds it back";
}

TEST(Screen, TheSavedCursorStaysWithinAndBothScreensAreResized) {
  Screen screen(4, 8);
  screen.write("1\r\n2\r\n3\r\n4\x1b[4;8H\x1b\x37\x1b[H");
  screen.resize(2, 4);
  screen.write("\x1b\x38");
  EXPECT_EQ(cursor_of(screen), "2;4R");
  Screen alternate(4, 8);
  alternate.write("1\r\n2\r\n3\r\n4\x1b[?1049ha\r\nb\r\nc\r\nd");
  alternate.resize(2, 8);
  EXPECT_EQ(lines_of(alternate), (Lines{"c", "d"}));
  EXPECT_EQ(alternate.lines_scrolled(), 0U) << "what leaves the alternate screen is kept nowhere";
  alternate.write("\x1b[?1049l");
  EXPECT_EQ(lines_of(alternate), (Lines{"3", "4"})) << "with the line of its own cursor";
  EXPECT_EQ(cursor_of(alternate), "2;2R");
}

TEST(Screen, NothingIsWrappedAfterAResize) {
  Screen screen(2, 4);
  screen.write("abcd");
  screen.resize(3, 4);
  screen.write("e");
  EXPECT_EQ(lines_of(screen), (Lines{"abce", "", ""}));
}

TEST(Screen, OnlyWhatLeavesTheMainScreenAtItsTopScrollsAway) {
  Screen screen(3, 8);
  screen.write("1\r\n2\r\n3\r\n4");
  EXPECT_EQ(screen.lines_scrolled(), 1U);
  screen.write("\x1b[1;2r\x1b[2;1H\n");
  EXPECT_EQ(screen.lines_scrolled(), 2U) << "a region that begins at the top";
  screen.write("\x1b[2;3r\x1b[3;1H\n");
  EXPECT_EQ(screen.lines_scrolled(), 2U);
  screen.write("\x1b[r\x1b[1;1H\x1b[M\x1b[L");
  EXPECT_EQ(screen.lines_scrolled(), 2U) << "deleted lines are gone";
  screen.write("\x1b[9S");
  EXPECT_EQ(screen.lines_scrolled(), 5U);
  screen.write("\x1b[?1049h\x1b[9S");
  EXPECT_EQ(screen.lines_scrolled(), 5U);
}

std::string title_after(std::string_view bytes) {
  Screen screen(2, 8);
  screen.write(bytes);
  const std::string all = screen.redraw({});
  const std::size_t begin = all.find("\x1b]2;");
  return begin == std::string::npos ? "" : all.substr(begin + 4, all.find('\a', begin) - begin - 4);
}

TEST(Screen, TitlesArePutAwayAndBroughtBack) {
  EXPECT_EQ(title_after("\x1b]2;shell\a\x1b[22t\x1b]2;vim\a"), "vim");
  EXPECT_EQ(title_after("\x1b]2;shell\a\x1b[22;0t\x1b]2;vim\a\x1b[23;0t"), "shell");
  EXPECT_EQ(title_after("\x1b]2;shell\a\x1b[22;2t\x1b]2;vim\a\x1b[23;2t"), "shell");
  EXPECT_EQ(title_after("\x1b]2;shell\a\x1b[22;1t\x1b]2;vim\a\x1b[23t"), "vim") << "the icon's alone was put away";
  EXPECT_EQ(title_after("\x1b]2;shell\a\x1b[23t"), "shell") << "none was put away";
  EXPECT_EQ(title_after("\x1b]1;icon\a"), "");
  std::string ten = "\x1b]2;first\a\x1b[22t", all;
  for (int i = 0; i < 10; ++i) ten += "\x1b]2;" + std::to_string(i) + "\a\x1b[22t";
  for (int i = 0; i < 10; ++i) all += "\x1b[23t";
  EXPECT_EQ(title_after(ten + "\x1b]2;now\a" + all), "0") << "the eleventh pushes the first out";
  EXPECT_EQ(title_after(ten + "\x1b]2;now\a" + all + "\x1b[23t"), "0");
}

TEST(Screen, ATitleIsBoundedAndSafe) {
  EXPECT_EQ(title_after("\x1b]2;" + std::string(300, 'x') + "\a").size(), 256U);
  EXPECT_EQ(title_after("\x1b]2;" + std::string(255, 'x') + "y\a").back(), 'y');
  EXPECT_EQ(title_after("\x1b]0;a\x01z\a"), "a\\x01z");
}

TEST(Screen, ALinkHasAnAddressOfPlainCharacters) {
  const auto link_of = [](std::string_view content) {
    Screen screen(2, 8);
    screen.write("\x1b]8;" + std::string(content) + "\ax");
    const std::string all = screen.redraw({});
    const std::size_t at = all.find("\x1b]8;", all.find("\x1b[H"));
    return at == std::string::npos ? "" : all.substr(at + 4, all.find('\x1b', at + 1) - at - 4);
  };
  EXPECT_EQ(link_of(";http://x/~ "), ";http://x/~ ");
  EXPECT_EQ(link_of("id=1;a"), "id=1;a");
  EXPECT_EQ(link_of(";"), "") << "none";
  EXPECT_EQ(link_of("nothing"), "") << "no address at all";
  EXPECT_EQ(link_of(";a\xc3\xa9"), "");
  EXPECT_EQ(link_of(";a\x7f"), "");
}

TEST(Screen, AfterItScrolledItIsResizedInTheOrderOfItsLines) {
  Screen screen(4, 8);
  screen.write("1\r\n2\r\n3\r\n4\r\n5\r\n6");
  screen.resize(3, 8);
  EXPECT_EQ(lines_of(screen), (Lines{"4", "5", "6"}));
  screen.resize(5, 8);
  EXPECT_EQ(lines_of(screen), (Lines{"4", "5", "6", "", ""}));
  screen.write("\r\n7\r\n8\r\n9");
  EXPECT_EQ(lines_of(screen), (Lines{"5", "6", "7", "8", "9"}));
}

}  // namespace
}  // namespace vigie::terminal
