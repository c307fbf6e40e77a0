#include "act/pause.hpp"

#include <gtest/gtest.h>

#include "act/host_for_tests.hpp"

namespace vigie::act {
namespace {

class PauseTest : public OwnState {
 protected:
  const Process process;
  const Found found{process};
};

TEST_F(PauseTest, NothingOfItRunsUntilItIsResumed) {
  const Result<Paused> paused = pause(found.frame, found.target);
  ASSERT_TRUE(paused);
  EXPECT_EQ(control::state_of(process.pid()), 'T');
  EXPECT_EQ(paused->processes, 1U);
  EXPECT_EQ(paused->before, 0U);
  EXPECT_FALSE(paused->by_group);
  EXPECT_FALSE(paused->failed);
  const Result<Paused> resumed = resume(found.frame, found.target);
  ASSERT_TRUE(resumed);
  EXPECT_EQ(resumed->before, 1U);
  EXPECT_NE(control::state_of(process.pid()), 'T');
}

TEST_F(PauseTest, WhatIsPausedAlreadyIsSaidToBe) {
  ASSERT_TRUE(pause(found.frame, found.target));
  const Result<Paused> again = pause(found.frame, found.target);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->before, again->processes);
}

TEST_F(PauseTest, ResumingWhatRunsChangesNothingAndSaysSo) {
  const Result<Paused> resumed = resume(found.frame, found.target);
  ASSERT_TRUE(resumed);
  EXPECT_EQ(resumed->before, 0U);
  ASSERT_EQ(resumed->rows.size(), 1U);
  EXPECT_EQ(resumed->rows[0].result, "was not paused");
}

TEST_F(PauseTest, WhatSomebodyElseStoppedGoesOn) {
  (void)control::send_signal(process.id(), SIGSTOP).has_value();
  while (control::state_of(process.pid()) != 'T') ::usleep(1000);
  const Result<Paused> resumed = resume(found.frame, found.target);
  ASSERT_TRUE(resumed);
  EXPECT_EQ(resumed->before, 1U);
  EXPECT_EQ(resumed->rows[0].result, "signalled");
}

TEST(Pause, OfWhatIsOverIsRefused) {
  MadeHost host;
  host.keep("old", {}, RunState::exited);
  const Frame frame = host.frame();
  const Result<Paused> paused = pause(frame, named(frame, "old"));
  ASSERT_FALSE(paused);
  EXPECT_EQ(paused.error().message, "old is over: there is nothing to pause");
  EXPECT_EQ(resume(frame, named(frame, "old")).error().message, "old is over: there is nothing to resume");
}

}  // namespace
}  // namespace vigie::act
