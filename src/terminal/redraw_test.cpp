// A screen and what its redraw makes of another screen of the same size are the same screen, and stay so.
#include "terminal/redraw.hpp"
#include "terminal/drawn_for_tests.hpp"

#include <gtest/gtest.h>

#include <clocale>
#include <random>
#include <string>

#include "terminal/screen.hpp"

namespace vigie::terminal {
namespace {

class Redraw : public testing::Test {
 protected:
  static void SetUpTestSuite() { std::setlocale(LC_CTYPE, "C.UTF-8"); }
};

std::string drawn_whole(const Screen& screen) {
  return drawn(screen, 100'000);
}

Screen copy_of(const Screen& screen) {
  Screen copy(screen.rows(), screen.columns());
  copy.write(drawn_whole(screen));
  return copy;
}

void expect_same_after(const std::string& bytes, const std::string& more = {}) {
  Screen screen(8, 24);
  screen.write(bytes);
  Screen copy = copy_of(screen);
  EXPECT_EQ(drawn_whole(screen), drawn_whole(copy)) << testing::PrintToString(bytes);
  screen.write(more);
  copy.write(more);
  EXPECT_EQ(drawn_whole(screen), drawn_whole(copy))
      << testing::PrintToString(bytes) << " then " << testing::PrintToString(more);
}

TEST_F(Redraw, TextColoursAndAttributesAreTheSame) {
  expect_same_after("plain \x1b[31mred \x1b[1;3;4;7;9;53mall\x1b[0m \x1b[38;5;208;48;2;1;2;3mmore\x1b[4:3mcurly");
  expect_same_after("\x1b[38:2::10:20:30ma\x1b[38:5:9mb\x1b[97;105mc\x1b[21md\x1b[2me\x1b[22mf", "g");
  expect_same_after("\x1b[44m\x1b[2J\x1b[3;3Hx\x1b[K", "\n\n\n\n\n\n\n\ny");
}

TEST_F(Redraw, WideAndCombiningCharactersAreTheSame) {
  expect_same_after("日本語 e\u0301 a\u0300\u0301 \u1100\u1161 👩\u200d💻", "\b\bx");
  expect_same_after("\x1b[1;23H日本", "x");
  expect_same_after("\x1b[1;24H日", "x");
  expect_same_after("日本語\x1b[2Gx\x1b[4G\x1b[P\x1b[5G\x1b[@", "y");
}

TEST_F(Redraw, TheNextCharacterWrapsWhereItWouldHave) {
  expect_same_after(std::string(24, 'x'), "y");
  expect_same_after("\x1b[8;1H" + std::string(22, 'x') + "日", "y");
  expect_same_after("\x1b[?7l" + std::string(30, 'x'), "y");
}

TEST_F(Redraw, TheAlternateScreenIsLeftToWhatWasBelow) {
  const std::string leave = "\x1b[?1049lx";
  expect_same_after("below\r\n\x1b[32mgreen\x1b[?1049h\x1b[2J\x1b[5;5Hvim\x1b[?25l", leave);
  expect_same_after("below\x1b[?47habove", "\x1b[?47lx");
  expect_same_after("\x1b[?1049h\x1b[3;4H\x1b[31m\x1b\x37\x1b[H", "\x1b\x38x");
}

TEST_F(Redraw, RegionModesTabsCharsetsAndTitleAreTheSame) {
  expect_same_after("\x1b[2;5r\x1b[?6h\x1b[2;2Hx", "\x1b[9;9Hy\n\n\nz");
  expect_same_after("\x1b[?1h\x1b=\x1b[?2004h\x1b[?1002h\x1b[?1006h\x1b[?1004h\x1b[4 q\x1b[>4;2m\x1b[4h\x1b[20h");
  expect_same_after("\x1b[3g\x1b[5G\x1bH\x1b[9G\x1bH\r", "\tx\ty\tz");
  expect_same_after("\x1b(0lqqk\x1b)A\x0e#", "#\x0fq");
  expect_same_after("\x1b]0;a title\x07x");
}

TEST_F(Redraw, LinksAndColoursOfUnderlinesAreTheSame) {
  const std::string link = "\x1b]8;;http://x/\x1b\\", id = "\x1b]8;id=1;file:///a\a", none = "\x1b]8;;\x1b\\";
  expect_same_after(link + "link" + none + " " + id + "\x1b[4mtwo\r\nlines", "more" + none + "plain");
  expect_same_after(link + "\x1b[31mred\x1b[m still \x1b\x37" + none + "\x1b\x38no", "x");
  expect_same_after("\x1b[4:3;58:5:9ma\x1b[58;2;1;2;3mb\x1b[58:2::4:5:6mc\x1b[59md\x1b[58:5:1me\x1b[0mf", "g");
  expect_same_after("\x1b[4;58:5:9m" + link + std::string(24, 'x'), "y");
  Screen screen(8, 24);
  screen.write(link + "link" + none + " \x1b[4:3;58:2::4:5:6mcurly");
  EXPECT_NE(drawn_whole(screen).find(link + "\x1b[0mlink" + none), std::string::npos);
  EXPECT_NE(drawn_whole(screen).find("\x1b[0;4:3;58:2::4:5:6mcurly"), std::string::npos);
}

TEST_F(Redraw, FramesAndScriptsAreTheSame) {
  expect_same_after("\x1b[51mframed\x1b[52;73mup\x1b[54;74mdown\x1b[75mplain\x1b[58:5:3;73m", "x\x1b[my");
  Screen screen(8, 24);
  screen.write("\x1b[51;73mx");
  EXPECT_NE(drawn_whole(screen).find("\x1b[0;51;73mx"), std::string::npos);
}

TEST_F(Redraw, ManyLinksTakeBoundedMemoryAndTheLatestAreKept) {
  Screen screen(8, 24);
  const auto line = [](int i) { return "\x1b]8;;http://x/" + std::to_string(i) + "\x1b\\l\x1b]8;;\x1b\\\r\n"; };
  for (int i = 0; i < 100'000; ++i) screen.write(line(i));
  for (const int shown : {99'993, 99'999})
    EXPECT_NE(drawn(screen, 0).find("http://x/" + std::to_string(shown)), std::string::npos);
}

TEST_F(Redraw, WhatIsSetBesideTheScreenIsTheSame) {
  const std::string set =
      "\x1b]4;1;rgb:ff/00/ff;2;#00ff00\x1b\\\x1b]11;rgb:00/00/80\a\x1b]10;red;blue;green\x1b\\"
      "\x1b[?2031h\x1b[?2048h\x1b[?1007h\x1b[?45h\x1b[?12h\x1b[?8l\x1b[12l\x1b[>4;2m\x1b[>1;3m"
      "\x1b]22;text\x1b\\\x1b]9;4;1;50\x1b\\";
  expect_same_after(set, "\x1b]104;1\x1b\\\x1b]111\x1b\\\x1b[?2031l\x1b[>4m\x1b]9;4;0\x1b\\");
  expect_same_after(set + "\x1b]104\x1b\\\x1b]110\a\x1b[>m",
                    "\x1b"
                    "c");
  Screen screen(8, 24);
  screen.write(set);
  for (const std::string each : {"]4;1;rgb:ff/00/ff", "]4;2;#00ff00", "]10;red", "]11;blue", "]12;green", "[?2031h",
                                 "[?8l", "[>4;2m", "[>1;3m", "]22;text", "]9;4;1;50"})
    EXPECT_NE(drawn_whole(screen).find("\x1b" + each), std::string::npos) << each;
  Screen plain(8, 24);
  plain.write("x");
  for (const std::string each :
       {"]104", "]111", "[<99u", "]8;", "[?12l", "[?1007l"})  // what was never set is its user's
    EXPECT_EQ(drawn_whole(plain).find("\x1b" + each), std::string::npos) << each;
}

TEST_F(Redraw, KittysKeysHaveAStackForEachScreen) {
  expect_same_after("\x1b[>1u\x1b[>5u\x1b[=2;2u", "\x1b[<u");
  expect_same_after("\x1b[>1u\x1b[?1049h\x1b[>7u", "\x1b[<u\x1b[?1049l\x1b[<u");
  expect_same_after("\x1b[?1049h\x1b[>7u\x1b[?1049l", "\x1b[?1049h\x1b[<2u");
  expect_same_after("\x1b[>1u\x1b[<9u");
  Screen screen(8, 24);
  screen.write("\x1b[>1u\x1b[>5u");
  EXPECT_NE(drawn_whole(screen).find("\x1b[=0u\x1b[>1u\x1b[>5u"), std::string::npos);
}

TEST_F(Redraw, TheScreenOfEsIsFilledWithEs) {
  expect_same_after("abc\x1b[2;4r\x1b[31m\x1b#8", "x");
  Screen screen(8, 24);
  screen.write("\x1b#8");
  EXPECT_EQ(screen.lines_up_from_cursor(1).front(), std::string(24, 'E'));
}

TEST_F(Redraw, AllFourCharacterSetsAreTheSame) {
  expect_same_after("\x1b*0\x1b+A\x1bnqq\x1bo#\x0f", "x\x1bNq\x1bO#q");
  expect_same_after("\x1b*0\x1bN", "qq");
}

TEST_F(Redraw, ATitleThatWasPutAwayComesBack) {
  Screen screen(8, 24);
  screen.write("\x1b]2;shell\a\x1b[22;0t\x1b]2;vim\a\x1b[23;0t");
  EXPECT_NE(drawn_whole(screen).find("\x1b]2;shell\a"), std::string::npos);
}

TEST_F(Redraw, ModesThatWereSavedComeBack) {
  Screen screen(8, 24);
  screen.write("\x1b[?1002h\x1b[?2031h\x1b[?1002;2004;2031s\x1b[?1002l\x1b[?2004h\x1b[?2031l\x1b[?1002;2004;2031r");
  Screen wanted(8, 24);
  wanted.write("\x1b[?1002h\x1b[?2031h");
  EXPECT_EQ(drawn_whole(screen), drawn_whole(wanted));
  screen.write("\x1b[?1002$p");
  EXPECT_EQ(screen.take_answers(), "\x1b[?1002;1$y");
}

TEST_F(Redraw, ScrollbackComesFirst) {
  std::string lines;
  for (int i = 0; i < 40; ++i) lines += "line \x1b[3" + std::to_string(i % 8) + "m" + std::to_string(i) + "\x1b[m\r\n";
  expect_same_after(lines);
  expect_same_after("1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n7\r\n8\r\n9\r\n10");
  Screen screen(8, 24);
  screen.write(lines);
  EXPECT_EQ(screen.lines_scrolled(), 33U);
  EXPECT_EQ(drawn(screen, 0).find("line"), drawn(screen, 0).find("line \x1b[0;31m33"));
}

TEST_F(Redraw, WhatIsUnfinishedGoesOn) {
  expect_same_after("\x1b[3", "1mx");
  expect_same_after("\xe6\x97", "\xa5x");
  expect_same_after("\x1b]2;ti", "tle\x07x");
  expect_same_after("\x1bPq" + std::string(5000, '#'), "more\x1b\\x");
}

TEST_F(Redraw, ALargerOrSmallerTerminalIsNotDrawnBeyond) {
  Screen screen(8, 24);
  screen.write("日本語日本語日本語日本語\x1b[8;1Hlast");
  const std::string small = screen.redraw({.rows = 4, .columns = 11, .scrollback_lines = 0});
  EXPECT_EQ(small.find("last"), std::string::npos);
  EXPECT_NE(small.find("日本語日本\x1b"), std::string::npos);
}

/// A few thousand streams of everything that programs send, cut into pieces, sizes changed on the way.
TEST_F(Redraw, AnyStreamIsTheSame) {
  constexpr std::string_view finals = "@ABCDEFGHIJKLMPSTXZ`abdefgmmmmmrsu";
  constexpr std::string_view escapes = "78DEHM=>cNOno";
  constexpr int modes[]{1, 5, 6, 7, 12, 25, 47, 1000, 1002, 1004, 1006, 1047, 1048, 1049, 2004, 2031};
  const std::string texts[]{"text",
                            "日本",
                            "e\u0301",
                            "\r\n",
                            "\t",
                            "\b",
                            std::string(30, '='),
                            "\x0e",
                            "\x0f",
                            "\n",
                            "\x1b#8",
                            "\x1b]8;;a\x1b\\",
                            "\x1b]8;;\x1b\\",
                            "\x1b[4:3;58:5:9m",
                            "\x1b[59m",
                            "\x1b[>1u",
                            "\x1b[<u",
                            "\x1b]4;1;red\x1b\\",
                            "\x1b]104\x1b\\",
                            "\x1b[>4;1m",
                            "\x1b[>4m"};
  std::mt19937 random(7);
  const auto below = [&](std::size_t count) {
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(random);
  };
  const auto piece = [&]() -> std::string {
    switch (below(6)) {
      case 0:
        return "\x1b[" + std::to_string(below(30)) + ";" + std::to_string(below(60)) + finals[below(finals.size())];
      case 1: return "\x1b[" + std::to_string(below(9)) + finals[below(finals.size())];
      case 2: return "\x1b[?" + std::to_string(modes[below(std::size(modes))]) + (below(2) == 0 ? "h" : "l");
      case 3:
        if (below(4) == 0) return std::string("\x1b") + escapes[below(escapes.size())];
        return below(2) == 0 ? "\x1b(0" : "\x1b(B";
      default: return texts[below(std::size(texts))];
    }
  };
  for (int stream = 0; stream < 3000; ++stream) {
    Screen screen(6, 20);
    std::string bytes;
    for (std::size_t left = below(60); left > 0; --left) bytes += piece();
    bytes.resize(bytes.size() - std::min(bytes.size(), below(3)));
    screen.write(bytes);
    std::size_t scrollback = 100'000;
    if (below(3) == 0) {
      scrollback = 0;  // lines that were wider take more of the copy's

      screen.resize(static_cast<int>(1 + below(9)), static_cast<int>(2 + below(30)));
      screen.write(piece());
    }
    Screen copy = copy_of(screen);
    ASSERT_EQ(drawn(screen, scrollback), drawn(copy, scrollback)) << testing::PrintToString(bytes);
    for (Screen* each : {&screen, &copy})
      each->write("\x1b[1m");  // a repetition of what was printed is not asked for now
    for (int i = 0; i < 5; ++i) {
      const std::string more = piece();
      screen.write(more);
      copy.write(more);
      ASSERT_EQ(drawn(screen, scrollback), drawn(copy, scrollback))
          << testing::PrintToString(bytes) << " then " << testing::PrintToString(more);
    }
  }
}

}  // namespace
}  // namespace vigie::terminal
