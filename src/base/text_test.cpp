#include "base/text.hpp"

#include <gtest/gtest.h>

namespace vigie {
namespace {

TEST(SafeText, AnEscapeSequenceInAProcessNameDoesNotReachTheTerminal) {
  EXPECT_EQ(safe_text("a\x1b[31mred\n"), "a\\x1b[31mred\\n");
  EXPECT_EQ(safe_text("\x7f\xc2\x9b"), "\\x7f\\u{9b}");
  EXPECT_EQ(safe_text("a\xe2\x80\xae"
                      "b"),
            "a\\u{202e}b");
}

TEST(SafeText, InvalidUtf8IsShownByteByByte) {
  EXPECT_EQ(safe_text("\xff\xc3"), "\\xff\\xc3");
  EXPECT_EQ(safe_text("\xc0\xaf"), "\\xc0\\xaf") << "overlong";
  EXPECT_EQ(safe_text("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "surrogate";
}

TEST(SafeText, OrdinaryTextStaysAsTyped) {
  EXPECT_EQ(safe_text("python -c 'print(\"\\n\")' é 日本"), "python -c 'print(\"\\n\")' é 日本");
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
  EXPECT_EQ(incomplete_tail("x\xff"), 0U);
  EXPECT_EQ(incomplete_tail("\x80\x80\x80\x80"), 0U);
}

}  // namespace
}  // namespace vigie
