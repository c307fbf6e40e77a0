#include "control/rights.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "control/process.hpp"

namespace vigie::control {
namespace {

TEST(Rights, AProcessOfOnesOwnIsOurs) {
  EXPECT_EQ(why_not_ours(*identify(::getpid())), "");
}

TEST(Rights, OneThatIsGoneIsNot) {
  EXPECT_NE(why_not_ours({1 << 22, 1}), "") << "beyond any pid that there is";
  ProcessId reused = *identify(::getpid());
  ++reused.start_ticks;
  EXPECT_NE(why_not_ours(reused), "");
}

}  // namespace
}  // namespace vigie::control
