#include "control/rights.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/process.hpp"
#include "control/child_for_tests.hpp"
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

TEST(Rights, OneInAnotherNamespaceIsNot) {
  EXPECT_EQ(why_not_ours(Child().id()), "");
  for (const int kind : {CLONE_NEWNS, CLONE_NEWUSER}) {
    const Child child([kind] {
      if (::unshare(kind) != 0) ::prctl(PR_SET_NAME, "refused");
    });
    if (stat_of_process(child.pid())->comm == "refused") continue;  // to this user, or within a container
    EXPECT_TRUE(why_not_ours(child.id()).contains("another namespace")) << kind;
  }
}

TEST(Rights, OneWhoseRightsCannotBeReadIsNot) {
  const Child child;
  ASSERT_EQ(::kill(child.pid(), SIGKILL), 0);
  siginfo_t ended{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child.pid()), &ended, WEXITED | WNOWAIT), 0);
  EXPECT_TRUE(why_not_ours(child.id()).contains("more rights")) << "of a zombie the kernel tells none";
}

}  // namespace
}  // namespace vigie::control
