#include "terminal/screen.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace vigie::terminal
