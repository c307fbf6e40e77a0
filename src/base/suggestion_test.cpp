#include "base/suggestion.hpp"

#include <gtest/gtest.h>

namespace vigie {
namespace {

TEST(Suggestion, TheNearestFirstAndThreeAtMost) {
  EXPECT_EQ(suggestion("lst", {"ps", "ls", "list"}), "; did you mean ls or list or ps?");
  EXPECT_EQ(suggestion("lst", {"ps", "ls", "list", "last"}), "; did you mean ls or list or last?");
  EXPECT_EQ(suggestion("stpo", {"stop"}), "; did you mean stop?");
}

TEST(Suggestion, WhatIsNotNearIsNotNamed) {
  EXPECT_EQ(suggestion("xyzw", {"attach", "stop"}), "");
  EXPECT_EQ(suggestion("abc", {"xyz"}), "") << "three letters of three are another word";
  EXPECT_EQ(suggestion("abc", {"ayz"}), "; did you mean ayz?") << "two are not";
  EXPECT_EQ(suggestion("x", {}), "");
}

TEST(Suggestion, ALongNameMayBeWrongInAThirdOfItsLetters) {
  EXPECT_EQ(suggestion("wxrkspxcx", {"workspace"}), "; did you mean workspace?");
  EXPECT_EQ(suggestion("wxrkxpxcx", {"workspace"}), "");
}

TEST(Suggestion, APartOfANameMeansIt) {
  EXPECT_EQ(suggestion("resnet", {"train-resnet-large"}), "; did you mean train-resnet-large?");
  EXPECT_EQ(suggestion("ne", {"train-resnet-large"}), "; did you mean train-resnet-large?");
  EXPECT_EQ(suggestion("n", {"train-resnet-large"}), "") << "one letter is part of everything";
}

}  // namespace
}  // namespace vigie
