#include "terminal/plain_text.hpp"

#include <gtest/gtest.h>

namespace vigie::terminal {
namespace {

TEST(PlainText, HoldsNoSequenceAndKeepsLineEnds) {
  PlainText plain;
  EXPECT_EQ(plain.text_of("\x1b[1;31mred\x1b[0m\r\n\x1b]2;title\atext\tü\x1b(B"), "red\r\ntext\tü");
}

TEST(PlainText, ASequenceThatIsCutIsNoText) {
  PlainText plain;
  EXPECT_EQ(plain.text_of("a\x1b[1"), "a");
  EXPECT_EQ(plain.text_of(";31mb"), "b");
}

TEST(PlainText, ARedrawHasItsLinesBelowEachOther) {
  PlainText plain;
  EXPECT_EQ(plain.text_of("\x1b[1;1Hone\x1b[2;1Htwo\x1b[3Hthree"), "one\r\ntwo\r\nthree");
}

TEST(PlainText, WhatATerminalWouldObeyWithoutEscapeIsLeftOut) {
  PlainText plain;
  EXPECT_EQ(plain.text_of("a\x0e\x05z"), "az");
}

}  // namespace
}  // namespace vigie::terminal
