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

}  // namespace
}  // namespace vigie
