#include "control/exit_status.hpp"

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace vigie::control {
namespace {

/// A child that has ended as `end` says, and was reaped.
template <class End>
Fd ended(End end) {
  const pid_t child = ::fork();
  if (child == 0) {
    end();
    ::_exit(0);
  }
  Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  ::waitpid(child, nullptr, 0);
  return pidfd;
}

TEST(ExitStatus, IsToldOfWhoIsReapedWhereTheKernelKnowsIt) {
  const auto code = exit_status_of(ended([] { ::_exit(7); }), 1);
  if (!code) GTEST_SKIP() << "this kernel is older than 6.15: it tells no status of other processes' children";
  EXPECT_TRUE(WIFEXITED(*code));
  EXPECT_EQ(WEXITSTATUS(*code), 7);
  const auto killed = exit_status_of(ended([] { ::raise(SIGKILL); }), 1);
  ASSERT_TRUE(killed);
  EXPECT_TRUE(WIFSIGNALED(*killed));
  EXPECT_EQ(WTERMSIG(*killed), SIGKILL);
}

TEST(ExitStatus, NobodyTellsItOfWhoIsAlive) {
  const Fd self(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));
  EXPECT_EQ(exit_status_of(self, 0), std::nullopt);
}

}  // namespace
}  // namespace vigie::control
