#include "act/program.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace vigie::act {
namespace {

TEST(Programs, AFailureHasItsOutputAndItsErrorsInOneText) {
  const Result<std::string> text = all_output_of({"/bin/sh", "-c", "echo found; echo why >&2; exit 1"});
  ASSERT_TRUE(text);
  EXPECT_EQ(*text, "found\nwhy\n");
}

TEST(Programs, OneThatReadsIsNotWaitedForAndSignalsReachIt) {
  sigset_t blocked, before;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
  const Result<std::string> text = all_output_of({"/bin/sh", "-c", "cat; kill -TERM $$; echo it was blocked"});
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ASSERT_TRUE(text);
  EXPECT_EQ(*text, "");
}

TEST(Programs, OneThatIsNotThereIsAnError) {
  EXPECT_FALSE(all_output_of({"/nowhere/program"}));
}

}  // namespace
}  // namespace vigie::act
