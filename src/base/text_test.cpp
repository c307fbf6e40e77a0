#include "base/text.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace vigie {
namespace {

TEST(SafeText, AnEscapeSequenceInAProcessNameDoesNotReachTheTerminal) {
  EXPECT_EQ(safe_text("a\x1b[31mred\n"), "a\\x1b[31mred\\n");
  EXPECT_EQ(safe_text("\x7f\xc2\x9b"), "\\x7f\\u{9b}");
  EXPECT_EQ(safe_text("a\xe2\x80\xae"
                      "b"),
            "a\\u{202e}b");
}

TEST(SafeText, ANameWithAnInvisibleCharacterDoesNotLookLikeAnother) {
  EXPECT_EQ(safe_text("pyt\u200bhon"), "pyt\\u{200b}hon");
  EXPECT_EQ(safe_text("a\ufeff\u00ad\U000e0041"), "a\\u{feff}\\u{ad}\\u{e0041}");
}

TEST(SafeText, InvalidUtf8IsShownByteByByte) {
  EXPECT_EQ(safe_text("\xff\xc3"), "\\xff\\xc3");
  EXPECT_EQ(safe_text("\xc0\xaf"), "\\xc0\\xaf") << "overlong";
  EXPECT_EQ(safe_text("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "surrogate";
}

TEST(SafeText, OrdinaryTextStaysAsTyped) {
  EXPECT_EQ(safe_text("python -c 'print(\"\\n\")' é 日本"), "python -c 'print(\"\\n\")' é 日本");
}

/// The code point, and whether all of the text was taken for it; nothing where it is not UTF-8.
std::optional<char32_t> only_character(std::string_view text) {
  std::size_t position = 0;
  bool valid = false;
  const char32_t code_point = next_code_point(text, position, valid);
  if (!valid) {
    EXPECT_EQ(position, 1U) << "one byte is passed over, whatever it promised";
    EXPECT_EQ(code_point, U'\xfffd');
    return std::nullopt;
  }
  EXPECT_EQ(position, text.size());
  return code_point;
}

TEST(CodePoint, TheFirstAndTheLastOfEachLength) {
  EXPECT_EQ(only_character("\x7f"), U'\x7f');
  EXPECT_EQ(only_character("\xc2\x80"), U'\x80');
  EXPECT_EQ(only_character("\xdf\xbf"), U'\x7ff');
  EXPECT_EQ(only_character("\xe0\xa0\x80"), U'\x800');
  EXPECT_EQ(only_character("\xef\xbf\xbf"), U'\xffff');
  EXPECT_EQ(only_character("\xf0\x90\x80\x80"), U'\x10000');
  EXPECT_EQ(only_character("\xf4\x8f\xbf\xbf"), U'\x10ffff');
}

TEST(CodePoint, BeyondTheEdgesItIsNotUtf8) {
  for (const std::string_view text : {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"})
    EXPECT_EQ(only_character(text), std::nullopt) << safe_text(text);
}

TEST(CodePoint, SurrogatesAreNoCharactersAndTheirNeighboursAre) {
  EXPECT_EQ(only_character("\xed\x9f\xbf"), U'\xd7ff');
  EXPECT_EQ(only_character("\xed\xa0\x80"), std::nullopt);
  EXPECT_EQ(only_character("\xed\xbf\xbf"), std::nullopt);
  EXPECT_EQ(only_character("\xee\x80\x80"), U'\xe000');
}

TEST(CodePoint, ACharacterThatIsCutOffIsNone) {
  for (const std::string_view text : {"\xc2", "\xe6\x97", "\xe6", "\xf0\x9f\x98"})
    EXPECT_EQ(only_character(text), std::nullopt) << safe_text(text);
  EXPECT_EQ(only_character("\xe6\x97x"), std::nullopt) << "another character begins in it";
  EXPECT_EQ(only_character("\xe6\xc2\x80"), std::nullopt);
}

TEST(Hostile, WhatMovesOrTurnsTextAndNothingBesideIt) {
  for (const char32_t c :
       {0x0,  0x1f,   0x7f,   0x80,   0x9f,   0x61c,  0x200e, 0x200f, 0x2028,  0x202e,  0x2066, 0x2069,
        0xad, 0x200b, 0x200d, 0x2060, 0x206f, 0xfe0d, 0xfeff, 0xfffb, 0xe0000, 0xe0020, 0xe0fff})
    EXPECT_TRUE(is_hostile(c)) << std::hex << static_cast<unsigned>(c);
  for (const char32_t c : {0x20,   0x7e,   0xa0,   0x61b,  0x61d,  0xac,   0xae,   0x200a, 0x2010,  0x2027,
                           0x202f, 0x205f, 0x2070, 0xfe0e, 0xfe0f, 0xfe10, 0xfffc, 0xfffd, 0xdffff, 0xe1000})
    EXPECT_FALSE(is_hostile(c)) << std::hex << static_cast<unsigned>(c);
}

TEST(SafeText, ControlCharactersHaveTheirNames) {
  EXPECT_EQ(safe_text("a\tb\rc\nd\x01"), "a\\tb\\rc\\nd\\x01");
  EXPECT_EQ(safe_text(" ~"), " ~") << "the first and the last that are plain";
  std::string out = "x: ";
  append_safe_text(out, "\x1b\xc3\xa9");
  EXPECT_EQ(out, "x: \\x1b\u00e9") << "what stood there before stays";
}

TEST(CutToWidth, ACharacterIsNeverCut) {
  EXPECT_EQ(display_width("abc"), 3U);
  EXPECT_EQ(cut_to_width("\u00e9\u00e9\u00e9", 3), "\u00e9\u00e9\u00e9");
  EXPECT_EQ(cut_to_width("\u00e9\u00e9\u00e9", 2), "\u00e9…");
  EXPECT_EQ(cut_to_width("\u00e9\u00e9\u00e9", 1), "…");
  EXPECT_EQ(cut_to_width("", 0), "");
}

TEST(CutToWidth, TheEllipsisCountsAsAColumn) {
  EXPECT_EQ(cut_to_width("abcdef", 6), "abcdef");
  EXPECT_EQ(cut_to_width("abcdef", 4), "abc…");
  EXPECT_EQ(cut_to_width("abcdef", 0), "");
}

TEST(IncompleteTail, IsWhatBeginsACharacterAndDoesNotEndIt) {
  const std::string four = "\U0001f600";
  EXPECT_EQ(incomplete_tail(""), 0U);
  EXPECT_EQ(incomplete_tail("abc"), 0U);
  EXPECT_EQ(incomplete_tail(four), 0U);
  for (std::size_t bytes = 1; bytes < 4; ++bytes) EXPECT_EQ(incomplete_tail("x" + four.substr(0, bytes)), bytes);
  const std::string three = "\u65e5", two = "\u00e9";
  for (std::size_t bytes = 1; bytes < 3; ++bytes) EXPECT_EQ(incomplete_tail("x" + three.substr(0, bytes)), bytes);
  EXPECT_EQ(incomplete_tail(four.substr(0, 3)), 3U) << "nothing stands before it";
  EXPECT_EQ(incomplete_tail("x" + two.substr(0, 1)), 1U);
  EXPECT_EQ(incomplete_tail("x" + two), 0U);
  EXPECT_EQ(incomplete_tail("x" + three), 0U);
  EXPECT_EQ(incomplete_tail("x\xff"), 0U);
  EXPECT_EQ(incomplete_tail("\x80\x80\x80\x80"), 0U);
}

}  // namespace
}  // namespace vigie
