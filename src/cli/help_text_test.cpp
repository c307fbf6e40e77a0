#include "cli/help_text.hpp"

#include <gtest/gtest.h>

namespace vigie::cli {
namespace {

TEST(HelpText, IsFoldedBetweenWordsAndInItsColumn) {
  EXPECT_EQ(folded("one two three", 0, 2, 8), "one two\n  three\n");
  EXPECT_EQ(
      described("--long NAME", "what it is for", 36),
      "  --long NAME                 what\n                              it is\n                              for\n");
  EXPECT_EQ(described("--a-name-that-is-longer-than-its-column", "text", 80),
            "  --a-name-that-is-longer-than-its-column\n                              text\n");
}

TEST(HelpText, RemarksOfExamplesStayBesideOrGoBelow) {
  EXPECT_EQ(folded_examples("  vigie ls        all\n", 80), "  vigie ls        all\n");
  EXPECT_EQ(folded_examples("  vigie ls    every run that is kept or was found on this host", 50),
            "  vigie ls    every run that is kept or was found\n              on this host\n");
  EXPECT_EQ(folded_examples("  vigie run --name resnet -- python3 train.py   start it here", 50),
            "  vigie run --name resnet -- python3 train.py\n        start it here\n");
}

TEST(HelpText, ComplaintsAreForPeople) {
  EXPECT_EQ(in_plain_words("Could not convert: --count = abc"), "--count wants a whole number, not \"abc\"");
  EXPECT_EQ(in_plain_words("--name: 1 required TEXT missing"), "--name wants a value");
  EXPECT_EQ(in_plain_words("TARGET is required"), "TARGET is missing");
  EXPECT_EQ(in_plain_words("--json excludes --csv"), "--json and --csv do not go together");
  EXPECT_EQ(in_plain_words("The following argument was not expected: --bogus"), "there is no option --bogus");
}

}  // namespace
}  // namespace vigie::cli
