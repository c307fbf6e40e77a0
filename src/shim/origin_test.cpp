#include "shim/origin.hpp"

#include <gtest/gtest.h>

namespace vigie::shim {
namespace {

TEST(Origin, ReadsCommitBranchAndWhetherFilesDiffer) {
  const auto clean = parse_git_status("# branch.oid 0123abcd\n# branch.head main\n# branch.ab +0 -0\n");
  ASSERT_TRUE(clean);
  EXPECT_EQ(clean->commit, "0123abcd");
  EXPECT_EQ(clean->branch, "main");
  EXPECT_FALSE(clean->dirty);
  const auto dirty = parse_git_status("# branch.oid 0123abcd\n# branch.head (detached)\n1 .M N... 100644 x");
  ASSERT_TRUE(dirty);
  EXPECT_EQ(dirty->branch, "");
  EXPECT_TRUE(dirty->dirty);
}

TEST(Origin, NoCommitIsNoState) {
  EXPECT_FALSE(parse_git_status(""));
  EXPECT_FALSE(parse_git_status("# branch.oid (initial)\n# branch.head main\n"));
  EXPECT_FALSE(parse_git_status("fatal: not a git repository"));
}

}  // namespace
}  // namespace vigie::shim
