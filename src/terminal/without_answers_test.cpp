#include "terminal/without_answers.hpp"

#include <gtest/gtest.h>

namespace vigie::terminal {
namespace {

TEST(Answers, AreToldFromTyping) {
  EXPECT_EQ(without_answers("a\x1b[Ab\x1b[3;4Rc\x1b[?1;2cd\x1b[0n"), "a\x1b[Abcd");
  EXPECT_EQ(without_answers("\x1b]11;rgb:0/0/0\x07x\x1b]11;rgb:0/0/0\x1b\\y\x1bP1$r\x1b\\"), "xy");
  EXPECT_EQ(without_answers("\x1b\x1b[\x1b[1"), "\x1b\x1b[\x1b[1");
}

}  // namespace
}  // namespace vigie::terminal
