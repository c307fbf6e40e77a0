#include "keep/log/handover.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <functional>
#include <string>

namespace vigie::keep {
namespace {

/// What a recorder does in a process of its own, until it is killed.
void until_killed(const std::function<void()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    ::raise(SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
}

void read_into(Handover& handover, std::uint64_t log_end, std::string_view bytes) {
  const std::span<char> room = handover.room(log_end);
  ASSERT_GE(room.size(), bytes.size());
  std::ranges::copy(bytes, room.begin());
}

TEST(Handover, NothingIsLeftWhereNothingWasRead) {
  Handover handover;
  EXPECT_EQ(handover.left().bytes, "");
  until_killed([&] { (void)handover.room(7); });
  EXPECT_EQ(handover.left().bytes, "");
  EXPECT_EQ(handover.left().log_end, 7U);
}

TEST(Handover, WhatAKilledRecorderReadIsThereWhetherOrNotItCameToSayHowMuch) {
  constexpr std::string_view bytes("a\0b\n", 4);
  for (const bool said : {false, true}) {
    Handover handover;
    until_killed([&] {
      read_into(handover, 0, std::string(1000, 'x'));
      (void)handover.took(1000);
      read_into(handover, 1000, bytes);
      if (said) (void)handover.took(4);
    });
    EXPECT_EQ(handover.left().log_end, 1000U);
    EXPECT_EQ(handover.left().bytes, bytes);
    handover.lost() = 3;
    until_killed([&] { read_into(handover, 1004, "next"); });
    EXPECT_EQ(handover.left().bytes, "next");
    EXPECT_EQ(handover.lost(), 3U);
  }
}

TEST(Handover, RoomGrowsForWhoeverFillsItAndOnlyThen) {
  Handover handover;
  EXPECT_EQ(handover.room(0).size(), 4096U);
  (void)handover.took(10);
  EXPECT_EQ(handover.room(0).size(), 4096U);
  for (std::size_t size = 4096; size < Handover::most; size *= 2) {
    (void)handover.took(size);
    EXPECT_EQ(handover.room(0).size(), 2 * size);
  }
  (void)handover.took(Handover::most);
  EXPECT_EQ(handover.room(0).size(), Handover::most);
  EXPECT_EQ(handover.left().bytes, "");
}

}  // namespace
}  // namespace vigie::keep
