#include "rates/calls.hpp"

#include <gtest/gtest.h>

namespace vigie {
namespace {

CallKey in(const char* call) {
  return {.comm = "python3", .state = ThreadState::waiting, .call = std::string(call), .file = {}};
}

TEST(CallShares, AreOfTheIntervalOnly) {
  const CallCounts earlier{.looks = 10, .counts = {{in("read"), 10}, {in("futex"), 5}}};
  const CallCounts later{.looks = 20, .counts = {{in("read"), 15}, {in("futex"), 5}, {in("poll"), 15}}};
  const auto shares = call_shares(&earlier, later);
  ASSERT_TRUE(shares);
  ASSERT_EQ(shares->size(), 2U);
  EXPECT_EQ((*shares)[0].key, in("poll"));
  EXPECT_DOUBLE_EQ((*shares)[0].share, 0.75);
  EXPECT_DOUBLE_EQ((*shares)[0].threads, 1.5);
  EXPECT_DOUBLE_EQ((*shares)[1].share, 0.25);
}

TEST(CallShares, AreAbsentWithAReason) {
  const CallCounts some{.looks = 5, .counts = {{in("read"), 5}}};
  EXPECT_EQ(call_shares(nullptr, Presence::denied).presence(), Presence::denied);
  EXPECT_EQ(call_shares(&some, some).presence(), Presence::unknown);
  const CallCounts fewer{.looks = 6, .counts = {{in("read"), 4}}};
  EXPECT_EQ(call_shares(&some, fewer).presence(), Presence::went_backwards);
  EXPECT_EQ(call_shares(&fewer, some).presence(), Presence::went_backwards);
}

}  // namespace
}  // namespace vigie
