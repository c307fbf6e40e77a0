#include "lab/tmux_panes.hpp"

#include <gtest/gtest.h>

namespace vigie::lab {
namespace {

TEST(TmuxPanes, AreCountedInEachWindowAndNotInTheSession) {
  const auto sessions = sessions_in("1 @0 lab-7\n1 @1 lab-7\n1 @1 lab-7\n1 @2 lab-7\n");
  ASSERT_EQ(sessions.size(), 1U);
  EXPECT_EQ(sessions[0].most_panes, 2U);
  EXPECT_EQ(sessions[0].clients, 1U);
}

TEST(TmuxPanes, ANameWithBlanksIsOneSession) {
  const auto sessions = sessions_in("0 @0 my session\n2 @4 other\n");
  ASSERT_EQ(sessions.size(), 2U);
  EXPECT_EQ(sessions[0].name, "my session");
  EXPECT_EQ(sessions[0].clients, 0U);
  EXPECT_EQ(sessions[1].name, "other");
  EXPECT_EQ(sessions[1].clients, 2U);
}

TEST(TmuxPanes, NoneIsNone) {
  EXPECT_TRUE(sessions_in("").empty());
}

}  // namespace
}  // namespace vigie::lab
