#include "base/regex.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vigie {
namespace {

TEST(Regex, NamedGroupsInBothSpellings) {
  const auto regex = Regex::compile(R"(at (?<step>\d+)(?: of (?P<total>\d+))?)");
  ASSERT_TRUE(regex);
  const auto groups = regex->search("we are at 3 of 10.");
  ASSERT_TRUE(groups);
  ASSERT_EQ(groups->size(), 2U);
  EXPECT_EQ(groups->at(0).name, "step");
  EXPECT_EQ(groups->at(0).text, "3");
  EXPECT_EQ(groups->at(1).text, "10");
  EXPECT_EQ(regex->search("at 3")->size(), 1U) << "a group that took no part is left out";
  EXPECT_FALSE(regex->search("nothing"));
}

TEST(Regex, ABadOneIsAnErrorOfUse) {
  for (const std::string& pattern : {std::string("(?<step>\\d+"), std::string("*"), std::string("((a{900}){900}){900}"),
                                     std::string(5000, 'a'), std::string("\\C")}) {
    const auto regex = Regex::compile(pattern);
    ASSERT_FALSE(regex) << pattern;
    EXPECT_EQ(regex.error().kind, ErrorKind::usage);
  }
}

TEST(Regex, EndlessBacktrackingIsNoMatch) {
  const auto regex = Regex::compile("^(a+)+$");
  ASSERT_TRUE(regex);
  EXPECT_FALSE(regex->search(std::string(1000, 'a') + "b"));
  EXPECT_TRUE(regex->search("aaaa"));
}

TEST(Regex, TextMayBeAnyBytes) {
  const auto regex = Regex::compile(R"((?<step>\d+))");
  ASSERT_TRUE(regex);
  EXPECT_EQ(regex->search("\xff\xfe 7 \x80")->at(0).text, "7");
  EXPECT_FALSE(regex->search(""));
}

}  // namespace
}  // namespace vigie
