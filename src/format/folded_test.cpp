#include "format/folded.hpp"

#include <gtest/gtest.h>

#include <clocale>

#include "base/text.hpp"

namespace vigie::format {
namespace {

std::string folded(std::string_view text, const Fold& fold) {
  std::string out(fold.column, '.');
  append_folded(out, text, fold);
  return out;
}

TEST(Folded, BreaksBetweenWordsAndBelowTheFirstLine) {
  EXPECT_EQ(folded("one two three", {.width = 12, .column = 4, .indent = 4}), "....one two\n    three\n");
  EXPECT_EQ(folded("one two three", {.width = 0, .column = 4, .indent = 4}), "....one two three\n");
  EXPECT_EQ(folded("", {.width = 12, .column = 0, .indent = 2}), "\n");
}

TEST(Folded, AWordThatIsLongerThanALineIsBroken) {
  EXPECT_EQ(folded("a verylongword", {.width = 8, .column = 0, .indent = 2}), "a\n  verylo\n  ngword\n");
}

class Bars : public testing::Test {
 protected:
  static void SetUpTestSuite() { std::setlocale(LC_CTYPE, "C.UTF-8"); }
};

TEST_F(Bars, AreShortenedInProportion) {
  std::string full, empty(80, ' ');
  for (int i = 0; i < 80; ++i) full += "█";
  const std::string line = " 50%|" + full + empty + "| 50/100 [00:01<00:01, 49.9it/s]";
  const std::string shorter = with_short_bar(line, 80);
  EXPECT_EQ(display_width(shorter), 80U);
  EXPECT_TRUE(shorter.starts_with(" 50%|█")) << shorter;
  EXPECT_TRUE(shorter.ends_with(" | 50/100 [00:01<00:01, 49.9it/s]")) << shorter;
  EXPECT_EQ(with_short_bar(line, 200), line);
  const std::string keras = "10/20 [" + std::string(100, '=') + ">" + std::string(99, '.') + "] - 1s loss: 0.5";
  EXPECT_EQ(display_width(with_short_bar(keras, 80)), 80U);
}

TEST_F(Bars, OtherLinesStayWhole) {
  const std::string words = "many words " + std::string(300, 'x');
  EXPECT_EQ(with_short_bar(words, 80), words);
  const std::string titled = std::string(100, '=') + " epoch 1 of 3";
  EXPECT_EQ(with_short_bar(titled, 80), titled) << "what begins a line is no bar";
  const std::string rule(300, '=');
  EXPECT_EQ(with_short_bar(rule, 80), rule);
}

}  // namespace
}  // namespace vigie::format
