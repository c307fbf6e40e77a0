#include "base/utf8.hpp"

#include <gtest/gtest.h>

namespace vigie {
namespace {

TEST(EscapedUtf8, LosesNoByte) {
  const std::string text = "plain, é, 日本, \U0001F600";
  EXPECT_EQ(escaped_utf8(text), text);
  EXPECT_EQ(escaped_utf8("caf\xe9"), "caf\U0010FCE9");
  std::string all;
  for (int byte = 1; byte < 256; ++byte) all += static_cast<char>(byte);
  for (const std::string& raw : {all, std::string("\xc3"), std::string("\xed\xb3\xa9"), std::string("\xf4\x8f\xb3")}) {
    EXPECT_EQ(unescaped_utf8(escaped_utf8(raw)), raw);
  }
}

TEST(EscapedUtf8, TakesItsOwnCharactersForBytesSoThatNothingElseLooksLikeThem) {
  const std::string own = "\U0010FC80\U0010FCFF";
  EXPECT_NE(escaped_utf8(own), own);
  EXPECT_EQ(unescaped_utf8(escaped_utf8(own)), own);
  EXPECT_NE(escaped_utf8(own), escaped_utf8("\x80\xff"));
  EXPECT_EQ(escaped_utf8("\U0010FC7F\U0010FD00"), "\U0010FC7F\U0010FD00") << "its neighbours are characters";
}

TEST(AppendUtf8, TheFirstAndTheLastOfEachLength) {
  const auto bytes = [](char32_t code) {
    std::string out;
    append_utf8(out, code);
    return out;
  };
  EXPECT_EQ(bytes(0x7f), "\x7f");
  EXPECT_EQ(bytes(0x80), "\xc2\x80");
  EXPECT_EQ(bytes(0x7ff), "\xdf\xbf");
  EXPECT_EQ(bytes(0x800), "\xe0\xa0\x80");
  EXPECT_EQ(bytes(0xffff), "\xef\xbf\xbf");
  EXPECT_EQ(bytes(0x10000), "\xf0\x90\x80\x80");
  EXPECT_EQ(bytes(0x10ffff), "\xf4\x8f\xbf\xbf");
}

TEST(EscapedUtf8, IsWrittenOutWhereItIsLookedAt) {
  EXPECT_EQ(with_visible_escapes("plain"), "plain");
  EXPECT_EQ(with_visible_escapes("caf\U0010FCE9!"), "caf\\udbff\\udce9!");
  EXPECT_EQ(with_visible_escapes("\u00e9 \U0010FC80 \u65e5"), "\u00e9 \\udbff\\udc80 \u65e5");
  EXPECT_EQ(with_visible_escapes("\U0010FC7F"), "\U0010FC7F") << "a neighbour is a character";
}

}  // namespace
}  // namespace vigie
