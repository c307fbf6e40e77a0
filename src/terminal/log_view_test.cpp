#include "terminal/log_view.hpp"

#include <gtest/gtest.h>

#include <clocale>
#include <ctime>

namespace vigie::terminal {
namespace {

std::string seen(std::string_view raw) {
  LogView view;
  std::string shown = view.show(raw);
  return shown + view.end();
}

TEST(LogView, ABarDrawnThreeTimesIsOneLine) {
  EXPECT_EQ(seen("\r 1/3\r 2/3\r 3/3\r\ndone\r\n"), " 3/3\ndone\n");
}

TEST(LogView, AShorterTextLeavesTheRestOfALongerOne) {
  EXPECT_EQ(seen("loading...\rdone\n"), "doneing...\n");
  EXPECT_EQ(seen("loading...\r\x1b[Kdone\n"), "done\n");
  EXPECT_EQ(seen("loading...\rdone\x1b[K\n"), "done\n");
}

TEST(LogView, KerasDrawsItsBarWithBackspaces) {
  std::string raw = "Epoch 1/2\n";
  std::string before;
  for (int step = 1; step <= 500; ++step) {
    const std::string bar = std::to_string(step) + "/500 ━━━━━━━━ " + std::to_string(1000 - step) + "s 12ms/step";
    raw += std::string(before.empty() ? 0 : before.size() - 16, '\b') + bar;
    before = bar;
  }
  EXPECT_EQ(seen(raw + "\nEpoch 2/2\n"), "Epoch 1/2\n500/500 ━━━━━━━━ 500s 12ms/step\nEpoch 2/2\n");
}

TEST(LogView, NestedBarsAreOneLineEach) {
  std::string raw;
  for (int outer = 0; outer < 3; ++outer) {
    raw += "\router " + std::to_string(outer) + "/3";
    for (int inner = 0; inner <= 100; ++inner) raw += "\n\r  inner " + std::to_string(inner) + "/100 \x1b[A";
    raw += "\n\r                    \r\x1b[A";
  }
  EXPECT_EQ(seen(raw + "\router 3/3\nend\n"), "outer 3/3\nend\n");
}

TEST(LogView, LinesBelowARegionThatIsRedrawnStandOnce) {
  std::string raw;
  for (int i = 0; i < 100; ++i) {
    if (i > 0) raw += "\r\x1b[2K\x1b[1A\x1b[2K\x1b[1A\x1b[2K";
    raw += "one " + std::to_string(i) + "\r\ntwo " + std::to_string(i) + "\r\nthree " + std::to_string(i);
  }
  EXPECT_EQ(seen(raw + "\r\nafter\r\n"), "one 99\ntwo 99\nthree 99\nafter\n");
}

TEST(LogView, EscapeSequencesOfTheRunNeverReachTheTerminal) {
  EXPECT_EQ(seen("\x1b[31mred\x1b[0m \x1b]0;title\a!"), "red !\n");
  EXPECT_EQ(seen("\x1b]52;c;aGk=\x1b\\x"), "x\n");
  EXPECT_EQ(seen("\x1bPq#0;2;0;0;0\x1b\\x\x1b_G\x1b\\y"), "xy\n");
  EXPECT_EQ(seen("bell\a"), "bell\n");
  EXPECT_EQ(seen("\xc2\x9b"
                 "31m"),
            "\\u{9b}31m\n");
  EXPECT_EQ(seen("bad \xff\xfe end"), "bad \\xff\\xfe end\n");
  EXPECT_EQ(seen("\x80\x7f|"), "\\x80|\n") << "the first byte that is no ASCII";
  EXPECT_EQ(seen("\xe2\x80\xae"
                 "abc"),
            "\\u{202e}abc\n");
}

TEST(LogView, ASequenceCutAtTheEndIsDropped) {
  for (const char* text : {"a\x1b", "a\x1b[", "a\x1b[3", "a\x1b]0;t", "a\xe2\x96"})
    EXPECT_EQ(seen(text), "a\n") << text;
}

TEST(LogView, BytesSplitAnywhereMakeTheSameLines) {
  const std::string raw = "one\r\nt█wo\x1b[2D\x1b[31m=\r\n\ttab\r\n\x1b[Athree\x1b[B!\n";
  LogView view;
  std::string shown;
  for (const char byte : raw) shown += view.show({&byte, 1});
  EXPECT_EQ(shown + view.end(), seen(raw));
}

TEST(LogView, AFullScreenProgramLeavesNothing) {
  EXPECT_EQ(seen("before\r\n\x1b[?1049h\x1b[H\x1b[2Jtext\r\nmore\x1b[?1049lafter\r\n"), "before\nafter\n");
}

TEST(LogView, FinishedLinesAreThereWhenTheOutputRests) {
  LogView view;
  EXPECT_EQ(view.show("one\r\ntwo\r\n 1/3"), "");
  EXPECT_EQ(view.settle(), "one\ntwo\n");
  EXPECT_EQ(view.current(), " 1/3");
  EXPECT_EQ(view.show("\r 2/3"), "");
  EXPECT_EQ(view.settle(), "");
  EXPECT_EQ(view.show("\r 3/3\r\n"), "");
  EXPECT_EQ(view.settle(), " 3/3\n");
  EXPECT_EQ(view.end(), "");
}

TEST(LogView, WhatIsStillBeingRedrawnIsNotGivenAway) {
  LogView view;
  (void)view.show("start\r\nouter 1\n\rinner 1\x1b[A");
  (void)view.show("\n\rinner 2\x1b[A");
  EXPECT_EQ(view.settle(), "start\n");
  (void)view.show("\n\rinner 3\x1b[A\router 2");
  EXPECT_EQ(view.settle(), "");
  EXPECT_EQ(view.end(), "outer 2\ninner 3\n");
}

TEST(LogView, BarsThatAreLeftBehindAreGivenAway) {
  LogView view;
  (void)view.show("\router 1\n\rinner 1\x1b[A\n\rinner 2\n");
  EXPECT_EQ(view.settle(), "outer 1\ninner 2\n");
  (void)view.show("next\n");
  EXPECT_EQ(view.settle(), "next\n");
}

TEST(LogView, ALineThatNeverEndsIsBounded) {
  LogView view;
  std::size_t given = 0;
  const std::string piece(1 << 16, 'x');
  for (int i = 0; i < 1000; ++i) given += view.show(piece).size();
  EXPECT_GT(given, std::size_t{10} << 20);
}

TEST(LogView, CharactersAreInsertedDeletedAndBlanked) {
  EXPECT_EQ(seen("abcdef\r\x1b[2C\x1b[2@XY\n"), "abXYcdef\n");
  EXPECT_EQ(seen("abcdef\r\x1b[2C\x1b[2P\n"), "abef\n");
  EXPECT_EQ(seen("abcdef\r\x1b[2C\x1b[9999PX\n"), "abX\n");
  EXPECT_EQ(seen("abcdef\r\x1b[2C\x1b[2X\n"), "ab  ef\n");
  EXPECT_EQ(seen("abcdef\r\x1b[2C\x1b[1K\n"), "   def\n");
  const std::string line(3000, 'x');
  EXPECT_EQ(seen("ab" + line + "\r\x1b[9999@c\r\x1b[P\n"), std::string(999, ' ') + " " + line.substr(998) + "\n");
}

TEST(LogView, PartsOfWhatIsStillDrawnAreErased) {
  EXPECT_EQ(seen("one\ntwo\nthree\x1b[2A\r\x1b[2C\x1b[J\n"), "on\n");
  EXPECT_EQ(seen("abcdef\r\x1b[2C\x1b[1J\n"), "   def\n");
  EXPECT_EQ(seen("abc\r\x1b[4GX\n"), "abcX\n");
  EXPECT_EQ(seen("abc\x1b[2DX\n"), "aXc\n");
  EXPECT_EQ(seen("abc\x1b[9DX\n"), "Xbc\n");
  EXPECT_EQ(seen("a\x1b[2CX\n"), "a  X\n");
}

/// CPU time of showing it.
double seconds_for(const std::string& raw) {
  const std::clock_t begin = std::clock();
  (void)seen(raw);
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

TEST(LogView, WhatASequenceCostsDoesNotGrowWithTheLine) {
  for (const std::string_view attack : {"\x1b[@\x1b[P",
                                        "\x1b[1K",
                                        "\x1b[9999@",
                                        "\x1b[9999X",
                                        "\x1b[9999P",
                                        "\x1b[9999C",
                                        "\x1b[9999L",
                                        "\x1b[9999M",
                                        "\x1b[9999bx\r",
                                        "\x1b[2J",
                                        "\x1b[1J",
                                        "\t\r",
                                        "\r",
                                        "\b",
                                        "\x1b[4h",
                                        "\xe6\x97\xa5",
                                        "e\xcc\x81",
                                        "\x1b[A\n",
                                        "\x1b[H\x1b[9999B",
                                        "\x1b[s\x1b[u"}) {
    const auto raw = [&](std::size_t line) {
      std::string text(line, 'y');
      text += '\r';
      for (std::size_t size = 0; size < 20'000; size += attack.size()) text += attack;
      return text;
    };
    const double small = seconds_for(raw(2000));
    EXPECT_LT(seconds_for(raw(1'000'000)), 4 * small + 1) << attack.substr(1);
  }
}

TEST(LogView, TabsAndWideCharacters) {
  std::setlocale(LC_CTYPE, "C.UTF-8");  // as the program does
  EXPECT_EQ(seen("a\tb\n"), "a       b\n");
  EXPECT_EQ(seen("日本\b\bX\n"), "日X\n");
}

TEST(LogView, TheCursorGoesWhereItIsSent) {
  const std::string lines = "aaaa\nbbbb\ncccc\ndddd";
  const auto at = [&](const std::string& sequence) { return seen(lines + sequence + "X\n"); };
  EXPECT_EQ(at("\x1b[2;3H"), "aaaa\nbbXb\ncccc\ndddd\n");
  EXPECT_EQ(at("\x1b[2;3f"), "aaaa\nbbXb\ncccc\ndddd\n");
  EXPECT_EQ(at("\x1b[H"), "Xaaa\nbbbb\ncccc\ndddd\n");
  EXPECT_EQ(at("\x1b[2d"), "aaaa\nbbbbX\ncccc\ndddd\n");
  EXPECT_EQ(at("\x1b[2F"), "aaaa\nXbbb\ncccc\ndddd\n");
  EXPECT_EQ(at("\x1b[3A\x1b[2D"), "aaXa\nbbbb\ncccc\ndddd\n");
  EXPECT_EQ(at("\x1b[99A"), "aaaaX\nbbbb\ncccc\ndddd\n");
  EXPECT_EQ(at("\x1b[H\x1b[2E"), "aaaa\nbbbb\nXccc\ndddd\n");
  EXPECT_EQ(at("\x1b[H\x1b[2B"), "aaaa\nbbbb\nXccc\ndddd\n");
  EXPECT_EQ(at("\x1b[H\x1b[2e\x1b[a"), "aaaa\nbbbb\ncXcc\ndddd\n");
  EXPECT_EQ(at("\x1b[3`"), "aaaa\nbbbb\ncccc\nddXd\n");
  EXPECT_EQ(at("\x1b[3G"), "aaaa\nbbbb\ncccc\nddXd\n");
  EXPECT_EQ(at("\x1bM"), "aaaa\nbbbb\nccccX\ndddd\n");
  EXPECT_EQ(at("\x1b[H\x1b"
               "D"),
            "aaaa\nXbbb\ncccc\ndddd\n");
  EXPECT_EQ(at("\x1b[2;3H\x1b"
               "E"),
            "aaaa\nbbbb\nXccc\ndddd\n");
  EXPECT_EQ(at("\x1b[2;3H\x1b\x37\x1b[H\x1b\x38"), "aaaa\nbbXb\ncccc\ndddd\n");
  EXPECT_EQ(at("\x1b[2;3H\x1b[s\x1b[H\x1b[u"), "aaaa\nbbXb\ncccc\ndddd\n");
  EXPECT_EQ(at("\x1b[2;3H\x1b(7\x1b[H\x1b(8"), "Xaaa\nbbbb\ncccc\ndddd\n") << "a character set is no place";
  EXPECT_EQ(at("\x1b[6;2H"), "aaaa\nbbbb\ncccc\ndddd\n\n X\n") << "lines that were never there begin to be";
  EXPECT_EQ(at("\x1b[>2;3H\x1b[2;3!H"), "aaaa\nbbbb\ncccc\nddddX\n") << "what only looks like it";
}

TEST(LogView, LinesAreInsertedDeletedAndErased) {
  const auto after = [](const std::string& sequence) { return seen("aa\nbb\ncc\x1b[2;2H" + sequence); };
  EXPECT_EQ(after("\x1b[LX"), "aa\nX\nbb\ncc\n");
  EXPECT_EQ(after("\x1b[2LX"), "aa\nX\n\nbb\ncc\n");
  EXPECT_EQ(after("\x1b[MX"), "aa\nXc\n");
  EXPECT_EQ(after("\x1b[9MX"), "aa\nX\n");
  EXPECT_EQ(after("\x1b[J"), "aa\nb\n");
  EXPECT_EQ(after("\x1b[1J"), "\n\ncc\n");
  EXPECT_EQ(after("\x1b[2J"), "");
  EXPECT_EQ(after("\x1b[2JX"), "\n X\n");
  EXPECT_EQ(after("\x1b[3J"), "") << "as the whole screen";
  EXPECT_EQ(after("\x1b[K"), "aa\nb\ncc\n");
  EXPECT_EQ(after("\x1b[1K"), "aa\n\ncc\n");
  EXPECT_EQ(after("\x1b[2K"), "aa\n\ncc\n");
  EXPECT_EQ(after("\x1b[3K"), "aa\nbb\ncc\n");
  EXPECT_EQ(seen("abcdef\r\x1b[2C\x1b[1K"), "   def\n") << "with the cursor's";
}

TEST(LogView, FiftyLinesCanStillBeDrawnOn) {
  std::string raw;
  for (int i = 1; i < 50; ++i) raw += std::to_string(i) + "\n";
  LogView view;
  EXPECT_EQ(view.show(raw + "50"), "");
  EXPECT_EQ(view.show("\x1b[99Afirst"), "");
  EXPECT_EQ(view.show("\x1b[99B\n"), "1 first\n");
  EXPECT_EQ(view.show("\x1b[60;1H*\n"), "2\n") << "there is no line below the fiftieth";
  EXPECT_TRUE(view.end().ends_with("49\n50\n*\n"));
}

TEST(LogView, ALineIsNotDrawnBeyondAnyTerminal) {
  EXPECT_EQ(seen("\x1b[9999GX"), std::string(999, ' ') + "X\n");
  EXPECT_EQ(seen("\x1b[1000GX"), std::string(999, ' ') + "X\n");
  EXPECT_EQ(seen("\x1b[999GX"), std::string(998, ' ') + "X\n");
  EXPECT_EQ(seen("\x1b[1;9999HX"), std::string(999, ' ') + "X\n");
  EXPECT_EQ(seen("\x1b[9999CX"), std::string(999, ' ') + "X\n");
  EXPECT_EQ(seen("a\x1b[998CX"), "a" + std::string(998, ' ') + "X\n");
  EXPECT_EQ(seen(std::string(1200, 'x') + "\x1b[9999CX"), std::string(1200, 'x') + "X\n")
      << "what is longer already is not gone back in";
}

TEST(LogView, OtherScreensAndResets) {
  for (const char* mode : {"47", "1047", "1049", "25;1049", "1049;25"})
    EXPECT_EQ(seen("a\x1b[?" + std::string(mode) + "hb\x1b[?" + mode + "lc"), "ac\n") << mode;
  for (const char* mode : {"?46", "?48", "?1048", "?1050", "?25", "47", ">47"})
    EXPECT_EQ(seen("a\x1b[" + std::string(mode) + "hb"), "ab\n") << mode;
  EXPECT_EQ(seen("a\x1b[?1049hb\x1b"
                 "cd"),
            "ad\n")
      << "a reset leaves it";
  EXPECT_EQ(seen("a\x1b[?1049h\x1b[2K\x1b"
                 "E\x1b[?1049lb"),
            "ab\n")
      << "nor is what is below changed";
}

TEST(LogView, EveryControlCharacterDoesWhatItDoes) {
  EXPECT_EQ(seen("a\vb\fc"), "a\nb\nc\n");
  EXPECT_EQ(seen("a\x7f"
                 "b\x1f"
                 "c~ d"),
            "abc~ d\n");
  EXPECT_EQ(seen("\b\bab\b\b\bX"), "Xb\n");
  EXPECT_EQ(seen("\tX"), "        X\n");
  EXPECT_EQ(seen("1234567\tX"), "1234567 X\n");
  EXPECT_EQ(seen("12345678\tX"), "12345678        X\n");
  EXPECT_EQ(seen("abcdefghij\r\tX"), "abcdefghXj\n") << "a tab erases nothing";
  EXPECT_EQ(seen("x\x1b[3b|\x1b[b"), "xxxx||\n");
  EXPECT_EQ(seen("x\x1b[9999b").size(), 502U) << "no more than a wide terminal holds";
}

TEST(LogView, ALineThatIsRedrawnAfterItWasGivenAwayIsGivenAgain) {
  LogView view;
  (void)view.show("one\ntwo\nthree");
  EXPECT_EQ(view.settle(), "one\ntwo\n");
  (void)view.show("\x1b[2A\rONE\n\n\n");
  EXPECT_EQ(view.settle(), "ONE\nthree\n") << "and what was not changed only once";
  EXPECT_EQ(view.end(), "");
}

TEST(LogView, WhatWasGivenAwayAndErasedIsNotGivenAgain) {
  LogView view;
  (void)view.show("one\ntwo\nthree");
  EXPECT_EQ(view.settle(), "one\ntwo\n");
  (void)view.show("\x1b[H\x1b[J");
  EXPECT_EQ(view.end(), "");
}

TEST(LogView, ALineEndsAfterAMegabyte) {
  const std::string most(1 << 20, 'x');
  EXPECT_EQ(seen(most), most + "\n");
  EXPECT_EQ(seen(most + "y"), most + "\ny\n");
  EXPECT_EQ(seen(most + "\u00e9"), most + "\n\u00e9\n");
}

TEST(LogView, WhatIsErasedIsABlankLineWhereSomethingStandsBelowIt) {
  EXPECT_EQ(seen("a\nb\nc\x1b[2J\x1b[3;1Hx"), "\n\nx\n");
  LogView view;
  (void)view.show("a\nb\nc");
  EXPECT_EQ(view.settle(), "a\nb\n");
  (void)view.show("\x1b[2J\x1b[3;1Hx");
  EXPECT_EQ(view.end(), "x\n") << "what was given away is not taken back by blank lines";
}

TEST(LogView, OnAFullScreenAnInsertedLinePushesTheLastOneOut) {
  std::string raw, left = "\n";
  for (int i = 1; i <= 50; ++i) raw += (i == 1 ? "" : "\n") + std::to_string(i);
  for (int i = 1; i <= 49; ++i) left += std::to_string(i) + "\n";
  EXPECT_EQ(seen(raw + "\x1b[H\x1b[L"), left);
}

TEST(LogView, TheFirstOfTheWideCharactersIsWide) {
  std::setlocale(LC_CTYPE, "C.UTF-8");
  EXPECT_EQ(seen("\u1100x\b\bY"), "\u1100Yx\n");
  EXPECT_EQ(seen("\u10ffx\b\bY"), "Yx\n");
}

}  // namespace
}  // namespace vigie::terminal
