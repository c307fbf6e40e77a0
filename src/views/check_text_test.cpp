#include "views/check_text.hpp"

#include <gtest/gtest.h>

#include "views/capability_columns.hpp"

namespace vigie::views {
namespace {

rules::CheckItem item(const char* id, rules::CheckStatus status, const char* advice) {
  rules::CheckItem one;
  one.id = id;
  one.status = status;
  one.advice = advice;
  return one;
}

std::vector<rules::CheckItem> two() {
  return {item("swap", rules::CheckStatus::ok, ""),
          item("disk-full", rules::CheckStatus::critical, "remove what is not needed any more on this file system")};
}

TEST(CheckText, WhatNeedsAPersonComesFirst) {
  const std::string text = check_text(two(), {});
  EXPECT_TRUE(text.starts_with("1 critical")) << text;
  EXPECT_LT(text.find("disk-full"), text.find("swap")) << text;
}

TEST(CheckText, TheAdviceStandsBesideAnItemWhereThereIsRoom) {
  const std::string text = check_text(two(), {.max_width = 120});
  EXPECT_TRUE(text.contains("ADVICE")) << text;
  EXPECT_FALSE(text.contains("\n  remove")) << text;
  const auto column_of = [&](std::string_view word) {
    const std::size_t at = text.find(word);
    return at - text.rfind('\n', at);
  };
  EXPECT_EQ(column_of("remove"), column_of("ADVICE")) << text;
}

TEST(CheckText, ANarrowTerminalHasTheAdviceBelow) {
  const std::string text = check_text(two(), {.max_width = 30});
  EXPECT_FALSE(text.contains("ADVICE")) << text;
  EXPECT_TRUE(text.contains("\n  remove what is not needed\n  any more on this file system\n")) << text;
}

TEST(CapabilityText, WhatToDoStandsBelowTheReason) {
  Capability one;
  one.id = "gpu";
  one.status = Ability::denied;
  one.reason = "no driver\x1b";
  one.advice = "install it";
  EXPECT_EQ(capability_text({one}, false, 0),
            "gpu                  denied      no driver\\x1b\n"
            "                                 do: install it\n");
  EXPECT_EQ(capability_text({one}, false, 40),
            "gpu                  denied      \n  no driver\\x1b\n  do: install it\n");
  EXPECT_TRUE(capability_text({}, true, 0).starts_with("CAPABILITY           STATUS      "));
}

}  // namespace
}  // namespace vigie::views
