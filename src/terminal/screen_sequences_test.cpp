// What sequences do to a screen, as xterm does it ("ctlseqs", ECMA-48).
#include <gtest/gtest.h>

#include <algorithm>
#include <clocale>
#include <string>
#include <utility>
#include <vector>

#include "base/utf8.hpp"
#include "terminal/screen.hpp"

namespace vigie::terminal {
namespace {

class Sequences : public testing::Test {
 protected:
  static void SetUpTestSuite() { std::setlocale(LC_CTYPE, "C.UTF-8"); }  // as the program does
};

/// The lines from the top, joined by "|", and where the cursor is: "one|two||" and "2;4".
std::string lines_of(const Screen& screen, int rows) {
  std::vector<std::string> lines = screen.lines_up_from_cursor(rows, rows);
  std::ranges::reverse(lines);
  std::string text;
  for (std::size_t row = 0; row < lines.size(); ++row) text += (row == 0 ? "" : "|") + lines[row];
  return text;
}

std::string drawn(std::string_view bytes, int columns = 8) {
  Screen screen(4, columns);
  screen.write(bytes);
  (void)screen.take_answers();
  screen.write("\x1b[6n");
  std::string cursor = screen.take_answers();
  return lines_of(screen, 4) + " " + cursor.substr(2, cursor.size() - 3);
}

std::string answer_to(std::string_view bytes) {
  Screen screen(4, 8);
  screen.write(bytes);
  return screen.take_answers();
}

std::string redrawn(std::string_view bytes) {
  Screen screen(2, 8);
  screen.write(bytes);
  return screen.redraw({});
}

/// After four lines of text, with the cursor at row 2 and column 3.
std::string edited(std::string_view bytes) {
  return drawn("aaaa\r\nbbbb\r\ncccc\r\ndddd\x1b[2;3H" + std::string(bytes));
}

TEST_F(Sequences, TheCursorMovesAndStopsAtTheEdges) {
  EXPECT_EQ(drawn("\x1b[2;3Hx"), "|  x|| 2;4");
  EXPECT_EQ(drawn("\x1b[99;99Hx"), "|||       x 4;8");
  EXPECT_EQ(drawn("ab\x1b[Dc"), "ac||| 1;3");
  EXPECT_EQ(drawn("ab\x1b[9Dc"), "cb||| 1;2");
  EXPECT_EQ(drawn("\x1b[3;3H\x1b[Ax"), "|  x|| 2;4");
  EXPECT_EQ(drawn("\x1b[3;3H\x1b[9Ax"), "  x||| 1;4");
  EXPECT_EQ(drawn("\x1b[Bx"), "|x|| 2;2");
  EXPECT_EQ(drawn("\x1b[9Bx"), "|||x 4;2");
  EXPECT_EQ(drawn("\x1b[2;3H\x1b[2Cx"), "|    x|| 2;6");
  EXPECT_EQ(drawn("\x1b[2;3H\x1b[99Cx"), "|       x|| 2;8");
  EXPECT_EQ(drawn("\x1b[2;3H\x1b[Ex"), "||x| 3;2");
  EXPECT_EQ(drawn("\x1b[3;3H\x1b[2Fx"), "x||| 1;2");
  EXPECT_EQ(drawn("\x1b[2;3H\x1b[5Gx"), "|    x|| 2;6");
  EXPECT_EQ(drawn("\x1b[2;3H\x1b[3dx"), "||  x| 3;4");
  EXPECT_EQ(drawn("ab\bc"), "ac||| 1;3");
  EXPECT_EQ(drawn("\b\bx"), "x||| 1;2");
}

TEST_F(Sequences, TabsStandEveryEighthColumnUnlessTheyAreSetOrTakenAway) {
  EXPECT_EQ(drawn("\tx", 20), "        x||| 1;10");
  EXPECT_EQ(drawn("\x1b[2Ix", 20), "                x||| 1;18");
  EXPECT_EQ(drawn("\x1b[9Ix", 20), "                   x||| 1;20") << "at the edge";
  EXPECT_EQ(drawn("a\tb\x1b[Zc", 20), "a       c||| 1;10");
  EXPECT_EQ(drawn("a\tb\x1b[2Zc", 20), "c       b||| 1;2");
  EXPECT_EQ(drawn("a\tb\x1b[9Zc", 20), "c       b||| 1;2");
  EXPECT_EQ(drawn("\x1b[5G\x1bH\r\tx", 20), "    x||| 1;6");
  EXPECT_EQ(drawn("\x1b[9G\x1b[g\r\tx", 20), "                x||| 1;18");
  EXPECT_EQ(drawn("\x1b[3g\tx", 20), "                   x||| 1;20");
}

TEST_F(Sequences, PartsOfALineOrOfTheScreenAreErased) {
  EXPECT_EQ(edited(""), "aaaa|bbbb|cccc|dddd 2;3");
  EXPECT_EQ(edited("\x1b[J"), "aaaa|bb|| 2;3");
  EXPECT_EQ(edited("\x1b[1J"), "|   b|cccc|dddd 2;3");
  EXPECT_EQ(edited("\x1b[2J"), "||| 2;3");
  EXPECT_EQ(edited("\x1b[4J"), "aaaa|bbbb|cccc|dddd 2;3");
  EXPECT_EQ(edited("\x1b[K"), "aaaa|bb|cccc|dddd 2;3");
  EXPECT_EQ(edited("\x1b[1K"), "aaaa|   b|cccc|dddd 2;3");
  EXPECT_EQ(edited("\x1b[2K"), "aaaa||cccc|dddd 2;3");
  EXPECT_EQ(edited("\x1b[X"), "aaaa|bb b|cccc|dddd 2;3");
  EXPECT_EQ(edited("\x1b[9X"), "aaaa|bb|cccc|dddd 2;3");
}

TEST_F(Sequences, CharactersAndLinesAreInsertedAndDeleted) {
  EXPECT_EQ(edited("\x1b[P"), "aaaa|bbb|cccc|dddd 2;3");
  EXPECT_EQ(edited("\x1b[9P"), "aaaa|bb|cccc|dddd 2;3");
  EXPECT_EQ(edited("\x1b[@"), "aaaa|bb bb|cccc|dddd 2;3");
  EXPECT_EQ(edited("\x1b[2@x"), "aaaa|bbx bb|cccc|dddd 2;4");
  EXPECT_EQ(edited("\x1b[99@x"), "aaaa|bbx|cccc|dddd 2;4");
  EXPECT_EQ(edited("\x1b[L"), "aaaa||bbbb|cccc 2;1");
  EXPECT_EQ(edited("\x1b[2L"), "aaaa|||bbbb 2;1");
  EXPECT_EQ(edited("\x1b[9L"), "aaaa||| 2;1");
  EXPECT_EQ(edited("\x1b[M"), "aaaa|cccc|dddd| 2;1");
  EXPECT_EQ(edited("\x1b[2M"), "aaaa|dddd|| 2;1");
  EXPECT_EQ(edited("\x1b[9M"), "aaaa||| 2;1");
  EXPECT_EQ(edited("\x1b[S"), "bbbb|cccc|dddd| 2;3");
  EXPECT_EQ(edited("\x1b[3S"), "dddd||| 2;3");
  EXPECT_EQ(edited("\x1b[9S"), "||| 2;3");
  EXPECT_EQ(edited("\x1b[T"), "|aaaa|bbbb|cccc 2;3");
  EXPECT_EQ(edited("\x1b[9T"), "||| 2;3");
  EXPECT_EQ(edited("\x1b[1;2;3;4;5T"), "aaaa|bbbb|cccc|dddd 2;3") << "mouse tracking";
}

TEST_F(Sequences, ARegionScrollsAlone) {
  EXPECT_EQ(edited("\x1b[2;3r"), "aaaa|bbbb|cccc|dddd 1;1");
  EXPECT_EQ(edited("\x1b[2;3r\x1b[3;1H\nx"), "aaaa|cccc|x|dddd 3;2");
  EXPECT_EQ(edited("\x1b[2;3r\x1b[2;1H\x1bMx"), "aaaa|x|bbbb|dddd 2;2");
  EXPECT_EQ(edited("\x1b[2;3r\x1b[4;1H\nx"), "aaaa|bbbb|cccc|xddd 4;2") << "below it nothing scrolls";
  EXPECT_EQ(edited("\x1b[2;3r\x1b[1;1H\x1bMx"), "xaaa|bbbb|cccc|dddd 1;2");
  EXPECT_EQ(edited("\x1b[2;3r\x1b[4;1H\x1b[L"), "aaaa|bbbb|cccc|dddd 4;1");
  EXPECT_EQ(edited("\x1b[2;3r\x1b[1;2H\x1b[M"), "aaaa|bbbb|cccc|dddd 1;2");
  EXPECT_EQ(edited("\x1b[2;3r\x1b[3;1H\x1b[L"), "aaaa|bbbb||dddd 3;1");
  EXPECT_EQ(edited("\x1b[2;3r\x1b[2;1H\x1b[M"), "aaaa|cccc||dddd 2;1");
  EXPECT_EQ(edited("\x1b[2;3r\x1b[3;1H\x1b[9Ax"), "aaaa|xbbb|cccc|dddd 2;2");
  EXPECT_EQ(edited("\x1b[2;3r\x1b[2;1H\x1b[9Bx"), "aaaa|bbbb|xccc|dddd 3;2");
  EXPECT_EQ(edited("\x1b[3;2r\x1b[4;1H\nx"), "bbbb|cccc|dddd|x 4;2") << "one that ends before it begins is none";
  EXPECT_EQ(edited("\x1b[3;99r\x1b[4;1H\nx"), "aaaa|bbbb|dddd|x 4;2");
  EXPECT_EQ(edited("\x1b[1;3r\x1b[3;1H\nx"), "bbbb|cccc|x|dddd 3;2");
}

TEST_F(Sequences, WithinItsRegionTheOriginIsItsCorner) {
  EXPECT_EQ(edited("\x1b[2;3r\x1b[?6hx"), "aaaa|xbbb|cccc|dddd 1;2");
  EXPECT_EQ(edited("\x1b[2;3r\x1b[?6h\x1b[9;1Hx"), "aaaa|bbbb|xccc|dddd 2;2");
  EXPECT_EQ(edited("\x1b[2;3r\x1b[?6h\x1b[2;1H\x1b[?6lx"), "xaaa|bbbb|cccc|dddd 1;2");
}

TEST_F(Sequences, LinesWrapUnlessTheyShallNot) {
  EXPECT_EQ(drawn("abcdefgh"), "abcdefgh||| 1;8");
  EXPECT_EQ(drawn("abcdefghi"), "abcdefgh|i|| 2;2");
  EXPECT_EQ(drawn("abcdefgh\r\ni"), "abcdefgh|i|| 2;2");
  EXPECT_EQ(drawn("abcdefgh\bi"), "abcdefih||| 1;8");
  EXPECT_EQ(drawn("\x1b[?7labcdefghi"), "abcdefgi||| 1;8");
  EXPECT_EQ(drawn("abcdefg\u65e5"), "abcdefg|\u65e5|| 2;3");
  EXPECT_EQ(drawn("a\nb"), "a| b|| 2;3");
  EXPECT_EQ(drawn("a\x1b[20h\nb"), "a|b|| 2;2");
  EXPECT_EQ(drawn("abcd\x1b[4h\x1b[1Gx"), "xabcd||| 1;2");
  EXPECT_EQ(drawn("abcdefgh\x1b[4h\x1b[1Gx"), "xabcdefg||| 1;2");
  EXPECT_EQ(drawn("1\r\n2\r\n3\r\n4\r\n5"), "2|3|4|5 4;2");
}

TEST_F(Sequences, HalfAWideCharacterIsNone) {
  EXPECT_EQ(drawn("\u65e5\u672c"), "\u65e5\u672c||| 1;5");
  EXPECT_EQ(drawn("\u65e5\u672c\x1b[1;2Hx"), " x\u672c||| 1;3");
  EXPECT_EQ(drawn("\u65e5\u672c\x1b[1;3Hx"), "\u65e5x||| 1;4");
  EXPECT_EQ(drawn("\u65e5\u672c\x1b[1;2H\x1b[K"), "||| 1;2");
  EXPECT_EQ(drawn("\u65e5\u672c\x1b[1;2H\x1b[P"), " \u672c||| 1;2");
  EXPECT_EQ(drawn("e\u0301x"), "e\u0301x||| 1;3");
  EXPECT_EQ(drawn("\u0301x"), "x||| 1;2") << "a mark on nothing";
}

TEST_F(Sequences, OtherCharacterSetsAreShiftedTo) {
  EXPECT_EQ(drawn("\x1b(0q\x1b(Bq"), "\u2500q||| 1;3");
  EXPECT_EQ(drawn("\x1b)0q\x0eq\x0fq"), "q\u2500q||| 1;4");
  EXPECT_EQ(drawn("\x1b*0\x1bNqq"), "\u2500q||| 1;3") << "for one character";
  EXPECT_EQ(drawn("\x1b+0\x1bOqq"), "\u2500q||| 1;3");
  EXPECT_EQ(drawn("\x1b*0\x1bnqq"), "\u2500\u2500||| 1;3");
  EXPECT_EQ(drawn("\x1b+0\x1boqq"), "\u2500\u2500||| 1;3");
  EXPECT_EQ(drawn("\x1b(A#"), "\u00a3||| 1;2");
  EXPECT_EQ(drawn("\x1b(Kq"), "q||| 1;2") << "a set that is not known is that of ASCII";
}

TEST_F(Sequences, TheCursorIsSavedAndComesBack) {
  EXPECT_EQ(drawn("\x1b[2;2H\x1b\x37\x1b[H\x1b\x38x"), "| x|| 2;3");
  EXPECT_EQ(drawn("\x1b[2;2H\x1b[s\x1b[H\x1b[ux"), "| x|| 2;3");
  EXPECT_EQ(drawn("main\x1b[?1049h\x1b[3;3HALT"), "||  ALT| 3;6");
  EXPECT_EQ(drawn("main\x1b[?1049h\x1b[3;3HALT\x1b[?1049lx"), "mainx||| 1;6");
  EXPECT_EQ(drawn("main\x1b[?47hALT\x1b[?47lx"), "main   x||| 1;8") << "without the cursor";
  EXPECT_EQ(drawn("ab\x1b"
                  "Dc\x1b"
                  "Ed"),
            "ab|  c|d| 3;2");
}

TEST_F(Sequences, EveryByteIsPrintedOrNotUpToTheLast) {
  EXPECT_EQ(drawn("a \x7f"
                  "~\x1f"
                  "b"),
            "a ~b||| 1;5");
  EXPECT_EQ(drawn("\u0080\u009f\u00a0x", 8), "\u00a0x||| 1;3") << "the other control characters are none";
  EXPECT_EQ(drawn("\u02ffx"), "\u02ffx||| 1;3");
  EXPECT_EQ(drawn("a\u0300x"), "a\u0300x||| 1;3") << "the first of the marks";
  EXPECT_EQ(drawn("\x1b(0_`~"), "_\u25c6\u00b7||| 1;4") << "the first and the last of the drawings";
  EXPECT_EQ(drawn("\x1b(A\"#$"), "\"\u00a3$||| 1;4");
  EXPECT_EQ(drawn("a\vb\fc"), "a| b|  c| 3;4");
}

TEST_F(Sequences, AMarkGoesOnWhatWasPrintedLast) {
  EXPECT_EQ(drawn("\u65e5\u0301x"), "\u65e5\u0301x||| 1;4") << "on both halves of a wide one";
  EXPECT_EQ(drawn("abcdefgh\u0301"), "abcdefgh\u0301||| 1;8") << "in the last column";
  EXPECT_EQ(drawn("abcdefgh\u0301i"), "abcdefgh\u0301|i|| 2;2");
  std::string marks;
  for (int i = 0; i < 30; ++i) marks += "\u0301";
  EXPECT_EQ(drawn("e" + marks + "x").size(), drawn("ex").size() + 30) << "31 bytes with it: two more do not go on";
}

TEST_F(Sequences, ATestPictureAndResets) {
  EXPECT_EQ(drawn("x\x1b#8"), "EEEEEEEE|EEEEEEEE|EEEEEEEE|EEEEEEEE 1;1");
  EXPECT_EQ(edited("\x1b"
                   "c"),
            "||| 1;1");
  EXPECT_EQ(edited("\x1b[2;3r\x1b[4h\x1b[2;3H\x1b[!px"), "aaaa|bbxb|cccc|dddd 2;4") << "neither inserts nor moves";
  EXPECT_EQ(edited("\x1b[2;3r\x1b[!p\x1b[4;1H\nx"), "bbbb|cccc|dddd|x 4;2");
}

TEST_F(Sequences, QuestionsAreAnswered) {
  EXPECT_EQ(answer_to("\x1b[5n"), "\x1b[0n");
  EXPECT_EQ(answer_to("\x1b[?5n"), "");
  EXPECT_EQ(answer_to("\x1b[2;3H\x1b[6n"), "\x1b[2;3R");
  EXPECT_EQ(answer_to("\x1b[2;3H\x1b[?6n"), "\x1b[?2;3R");
  EXPECT_EQ(answer_to("\x1b[c"), "\x1b[?1;2c");
  EXPECT_EQ(answer_to("\x1b[1c"), "");
  EXPECT_EQ(answer_to("\x1b[>c"), "\x1b[>0;0;0c");
  EXPECT_EQ(answer_to("\x1b[18t"), "\x1b[8;4;8t");
  EXPECT_EQ(answer_to("\x1b[19t"), "");
  EXPECT_EQ(answer_to("\x1b[?7$p"), "\x1b[?7;1$y");
  EXPECT_EQ(answer_to("\x1b[?7l\x1b[?7$p"), "\x1b[?7;2$y");
  EXPECT_EQ(answer_to("\x1b[?9999$p"), "\x1b[?9999;0$y");
  EXPECT_EQ(answer_to("\x1b[?6h\x1b[?6$p"), "\x1b[?6;1$y");
  EXPECT_EQ(answer_to("\x1b[?1002h\x1b[?1002$p\x1b[?1003$p"), "\x1b[?1002;1$y\x1b[?1003;2$y");
  EXPECT_EQ(answer_to("\x1b[?1006h\x1b[?1006$p\x1b[?1015$p"), "\x1b[?1006;1$y\x1b[?1015;2$y");
  EXPECT_EQ(answer_to("\x1b[?1049h\x1b[?1049$p"), "\x1b[?1049;1$y");
  EXPECT_EQ(answer_to("\x1b[?1002h\x1b[?1002l\x1b[?1002$p"), "\x1b[?1002;2$y");
}

TEST_F(Sequences, ModesAreSavedAndComeBack) {
  EXPECT_EQ(answer_to("\x1b[?7l\x1b[?7s\x1b[?7h\x1b[?7r\x1b[?7$p"), "\x1b[?7;2$y");
  EXPECT_EQ(answer_to("\x1b[?7s\x1b[?7l\x1b[?7r\x1b[?7$p"), "\x1b[?7;1$y");
  EXPECT_EQ(answer_to("\x1b[?7l\x1b[?7r\x1b[?7$p"), "\x1b[?7;2$y") << "nothing was saved";
}

TEST_F(Sequences, WhatWasToWrapDoesNotAfterTheCursorMoved) {
  EXPECT_EQ(drawn("abcdefgh\ri"), "ibcdefgh||| 1;2");
  EXPECT_EQ(drawn("abcdefgh\ni"), "abcdefgh|       i|| 2;8");
  EXPECT_EQ(drawn("\x1b[2;1Habcdefgh\x1bMi"), "       i|abcdefgh|| 1;8");
  EXPECT_EQ(drawn("abcdefgh\x1b[Ki"), "abcdefgi||| 1;8");
  EXPECT_EQ(drawn("abcdefgh\x1b[8Gi"), "abcdefgi||| 1;8");
  EXPECT_EQ(drawn("abcdefgh\x1b\x37\x1b\x38i"), "abcdefgi||| 1;8");
}

TEST_F(Sequences, OnlyACharacterThatWasJustPrintedIsRepeated) {
  EXPECT_EQ(drawn("x\x1b[3b"), "xxxx||| 1;5");
  EXPECT_EQ(drawn("x\r\x1b[3b"), "x||| 1;1");
  EXPECT_EQ(drawn("x\x1b[1m\x1b[3b"), "x||| 1;2");
  EXPECT_EQ(drawn("x\x1b"
                  "c\x1b[b"),
            "||| 1;1");
  EXPECT_EQ(drawn("\u65e5\x1b[b"), "\u65e5\u65e5||| 1;5") << "with its width";
}

TEST_F(Sequences, ACharacterThatTheLibraryDoesNotKnowTakesAColumn) {
  EXPECT_EQ(drawn("\u0378x"), "\u0378x||| 1;3");
}

TEST_F(Sequences, ClustersAreBoundedInLengthAndNumber) {
  std::string most = "\u00e9";
  while (most.size() < 32) most += "\u0301";
  EXPECT_EQ(drawn(most + "\u0301x"), most + "x||| 1;3");
  Screen screen(2, 8);
  const auto cluster = [](int number) {
    std::string text;
    append_utf8(text, static_cast<char32_t>(0x4E00 + number));
    return text + "\u0301";
  };
  for (int number = 0; number < 4096; ++number) screen.write("\r" + cluster(number));
  EXPECT_EQ(screen.lines_up_from_cursor(1).front(), cluster(4095));
  screen.write("\r" + cluster(4096));
  EXPECT_EQ(screen.lines_up_from_cursor(1).front(), cluster(4096).substr(0, 3)) << "its mark is left out";
  screen.write("\r" + cluster(7));
  EXPECT_EQ(screen.lines_up_from_cursor(1).front(), cluster(7)) << "one that is known is not";
}

TEST_F(Sequences, SixtyFourModesAreSavedAtMost) {
  std::string save;
  for (int mode = 3000; mode < 3064; ++mode) save += "\x1b[?" + std::to_string(mode) + "s";
  const std::string change = "\x1b[?7l\x1b[?7r\x1b[?7$p";
  EXPECT_EQ(answer_to("\x1b[?7s" + save + change), "\x1b[?7;1$y");
  EXPECT_EQ(answer_to(save + "\x1b[?7s" + change), "\x1b[?7;2$y");
}

TEST_F(Sequences, ASoftResetLeavesTheTextAndTakesBackWhatWouldSurprise) {
  EXPECT_EQ(drawn("\x1b(0\x1b[?6h\x1b[2;2H\x1b[!pq"), "| q|| 2;3") << "characters are what they are";
  EXPECT_EQ(drawn("\x1b[2;2H\x1b\x37\x1b[!p\x1b\x38x"), "x||| 1;2") << "nothing is saved";
  EXPECT_EQ(answer_to("\x1b[?1;66h\x1b[?25l\x1b[!p\x1b[?1$p\x1b[?66$p\x1b[?25$p"),
            "\x1b[?1;2$y\x1b[?66;2$y\x1b[?25;1$y");
  EXPECT_EQ(redrawn("\x1b[31;4m\x1b[!px"), redrawn("x"));
}

TEST_F(Sequences, WithAColourOfThePenLinesAreEditedToTheEdgeAndNoFurther) {
  EXPECT_EQ(redrawn("abcd\x1b[3G\x1b[41m\x1b[99P"), redrawn("ab\x1b[41m      \x1b[3G"));
  EXPECT_EQ(redrawn("abcd\x1b[3G\x1b[41m\x1b[1P"), redrawn("abd    \x1b[41m \x1b[3G"));
  EXPECT_EQ(redrawn("abcd\x1b[3G\x1b[41m\x1b[99@"), redrawn("ab\x1b[41m      \x1b[3G"));
  EXPECT_EQ(redrawn("abcd\x1b[3G\x1b[41m\x1b[1@"), redrawn("ab\x1b[41m \x1b[mcd\x1b[41m\x1b[3G"));
  EXPECT_EQ(redrawn("abcd\x1b[3G\x1b[41m\x1b[1K"), redrawn("\x1b[41m   \x1b[md\x1b[41m\x1b[3G"));
  EXPECT_EQ(redrawn("abcd\x1b[3G\x1b[41m\x1b[1X"), redrawn("ab\x1b[41m \x1b[md\x1b[41m\x1b[3G"));
  EXPECT_EQ(redrawn("abcd\x1b[3G\x1b[41m\x1b[99X"), redrawn("ab\x1b[41m      \x1b[3G"));
  EXPECT_EQ(redrawn("\x1b[41m\x1b[2;1H\n"), redrawn("\x1b[41m\x1b[2;1H\x1b[2K"));
}

TEST_F(Sequences, AnswersThatNobodyTakesAreBounded) {
  std::string many;
  for (int i = 0; i < 2000; ++i) many += "\x1b[5n";
  EXPECT_EQ(answer_to(many).size(), 4096U);
}

TEST(Colours, TakeAsManyParametersAsTheyHave) {
  EXPECT_EQ(redrawn("\x1b[38;5;9;1mx"), redrawn("\x1b[38;5;9m\x1b[1mx"));
  EXPECT_EQ(redrawn("\x1b[38;2;1;2;3;4mx"), redrawn("\x1b[38;2;1;2;3m\x1b[4mx"));
  EXPECT_EQ(redrawn("\x1b[38:2::1:2:3;1mx"), redrawn("\x1b[38;2;1;2;3;1mx"));
  EXPECT_EQ(redrawn("\x1b[38:2:1:2:3;1mx"), redrawn("\x1b[38;2;1;2;3;1mx"));
  EXPECT_EQ(redrawn("\x1b[38:5:9;1mx"), redrawn("\x1b[38;5;9;1mx"));
  EXPECT_EQ(redrawn("\x1b[38;9;1mx"), redrawn("\x1b[1mx")) << "a kind that is not known";
  EXPECT_EQ(redrawn("\x1b[38;5mx"), redrawn("x")) << "cut short";
  EXPECT_EQ(redrawn("\x1b[38;2;1;2mx"), redrawn("x"));
  EXPECT_NE(redrawn("\x1b[38;5;9mx"), redrawn("\x1b[48;5;9mx"));
  EXPECT_EQ(redrawn("\x1b[31mx"), redrawn("\x1b[38;5;1mx"));
  EXPECT_EQ(redrawn("\x1b[31ma\x1b[38;5;1mb"), redrawn("\x1b[31mab")) << "one colour is one style";
  EXPECT_EQ(redrawn("\x1b[37mx"), redrawn("\x1b[38;5;7mx"));
  EXPECT_EQ(redrawn("\x1b[40mx"), redrawn("\x1b[48;5;0mx"));
  EXPECT_EQ(redrawn("\x1b[47mx"), redrawn("\x1b[48;5;7mx"));
  EXPECT_EQ(redrawn("\x1b[90mx"), redrawn("\x1b[38;5;8mx"));
  EXPECT_EQ(redrawn("\x1b[97mx"), redrawn("\x1b[38;5;15mx"));
  EXPECT_EQ(redrawn("\x1b[107mx"), redrawn("\x1b[48;5;15mx"));
  EXPECT_EQ(redrawn("\x1b[100mx"), redrawn("\x1b[48;5;8mx"));
}

TEST(Colours, EachAttributeIsTakenBackByItsOwn) {
  for (const auto& [on, off] : std::vector<std::pair<int, int>>{{1, 22},
                                                                {2, 22},
                                                                {3, 23},
                                                                {4, 24},
                                                                {5, 25},
                                                                {6, 25},
                                                                {7, 27},
                                                                {8, 28},
                                                                {9, 29},
                                                                {21, 24},
                                                                {53, 55},
                                                                {31, 39},
                                                                {41, 49},
                                                                {51, 54},
                                                                {52, 54},
                                                                {73, 75},
                                                                {74, 75}}) {
    const std::string set = "\x1b[" + std::to_string(on) + "m", taken = "\x1b[" + std::to_string(off) + "m";
    EXPECT_NE(redrawn(set + "x\x1b[m"), redrawn("x")) << on;
    EXPECT_EQ(redrawn(set + taken + "x"), redrawn("x")) << off;
    EXPECT_EQ(redrawn(set + "\x1b[0mx"), redrawn("x")) << on;
  }
}

TEST(Colours, WhatIsErasedHasTheBackgroundOfThePen) {
  EXPECT_EQ(redrawn("\x1b[41m\x1b[K"), redrawn("\x1b[41m        \r"));
  EXPECT_NE(redrawn("\x1b[41m\x1b[2J\x1b[m"), redrawn(""));
  EXPECT_EQ(redrawn("\x1b[31m\x1b[2J\x1b[m"), redrawn("")) << "not its foreground";
}

}  // namespace
}  // namespace vigie::terminal
