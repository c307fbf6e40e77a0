#include "terminal/without_answers.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vigie::terminal {
namespace {

TEST(Answers, AreToldFromTyping) {
  EXPECT_EQ(without_answers("a\x1b[Ab\x1b[3;4Rc\x1b[?1;2cd\x1b[0n"), "a\x1b[Abcd");
  EXPECT_EQ(without_answers("\x1b]11;rgb:0/0/0\x07x\x1b]11;rgb:0/0/0\x1b\\y\x1bP1$r\x1b\\"), "xy");
  EXPECT_EQ(without_answers("\x1b\x1b[\x1b[1"), "\x1b\x1b[\x1b[1");
}

TEST(Answers, OnlyWhatATerminalAloneSaysIsLeftOut) {
  for (const char* answer :
       {"\x1b[0n", "\x1b[?1;2c", "\x1b[>0;0;0c", "\x1b[1;1R", "\x1b[?7;1$y", "\x1b[8;24;80t", "\x1b[?1u", "\x1b[?u",
        "\x1b[O", "\x1b]11;rgb:0/0/0\a", "\x1b]\a", "\x1bP1$r\x1b\\", "\x1b]\x1b\\"})
    EXPECT_EQ(without_answers("a" + std::string(answer) + "b"), "ab") << answer + 1;
  for (const char* typed :
       {"\x1b[n",  "\x1b[c",      "\x1b[R",   "\x1b[t",    "\x1b[1u",   "\x1b[u",  "\x1b[1O", "\x1b[I",
        "\x1b[A",  "\x1b[1;5A",   "\x1b[@",   "\x1b[~",    "\x1b[15~",  "\x1bO",   "\x1b",    "\x1b[",
        "\x1b[?1", "\x1b]11;rgb", "\x1bPabc", "\x1b]\x1b", "\x1b[15~c", "\x1b[~c", "\x1b[@c"})
    EXPECT_EQ(without_answers("a" + std::string(typed)), "a" + std::string(typed)) << typed + 1;
}

TEST(Answers, OfAStringTheFirstEndCounts) {
  EXPECT_EQ(without_answers("\x1b]a\x1b\\b\a"), "b\a");
  EXPECT_EQ(without_answers("\x1b]a\ab\x1b\\"), "b\x1b\\");
  EXPECT_EQ(without_answers("\x1b[1\x1b[2n"), "\x1b[1") << "what was begun before it was typed";
}

}  // namespace
}  // namespace vigie::terminal
