// What is said of a run's end, and of what could not be changed.
#include "act/run_life.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>

#include "act/forget.hpp"
#include "act/kept_for_tests.hpp"
#include "act/restart.hpp"
#include "act/start.hpp"
#include "wire/run_directory.hpp"

namespace vigie::act {
namespace {

TEST(RunEnd, WhatIsNotKnownIsNotMadeUp) {
  RunRecord run;
  run.state = RunState::lost;
  EXPECT_EQ(describe_end(run), "lost: it was never started: the command or the keeper was killed before that");
  run.started_wall_ns = 1;
  EXPECT_EQ(describe_end(run), "lost: how it ended is not known");
  EXPECT_EQ(shell_status(run), 1);
  run.exit = ExitRecord{.kind = ExitRecord::Kind::unknown};
  EXPECT_EQ(shell_status(run), 1);
  run.exit = ExitRecord{.kind = ExitRecord::Kind::code, .value = 0};
  EXPECT_EQ(shell_status(run), 0);
  run.exit = ExitRecord{.kind = ExitRecord::Kind::signal, .value = 9};
  EXPECT_EQ(shell_status(run), 137);
}

TEST(RunEnd, ADirectoryThatCannotBeRemovedIsNamed) {
  EXPECT_TRUE(message(remove_directory("/nowhere/run")).starts_with("cannot remove /nowhere/run: "));
}

TEST_F(Kept, OnlyARecorderThatIsComingIsWaitedFor) {
  const RunRecord alive = start("alive", sleeps), over = start_and_end("over", "exit 0");
  Error refused{.message = "refused", .errno_value = ECONNREFUSED};
  EXPECT_TRUE(await_listener(alive, refused));
  EXPECT_FALSE(await_listener(over, refused)) << "no recorder will come";
  refused.errno_value = EACCES;
  EXPECT_FALSE(await_listener(alive, refused)) << "waiting gives no permission";
}

TEST_F(Kept, OfManyProcessesThatALostRunLeftTheFirstFiveAreNamed) {
  const RunRecord run =
      start("many", "trap '' HUP; for i in 1 2 3 4 5; do sleep 1000 & done; : > " + directory.path("go") + "; wait");
  while (::access(directory.path("go").c_str(), F_OK) != 0) ::usleep(1000);
  lose(run);
  const std::string left = leftovers_of(wait_until_over(run.directory, 0).value());
  EXPECT_TRUE(left.starts_with("6 of its processes are alive (PID ")) << left;
  EXPECT_TRUE(left.ends_with(" …)")) << left;
  EXPECT_EQ(std::ranges::count(left, ' '), 12) << left;
}

TEST_F(Kept, ARunThatIsWaitingForItsFirstAttemptIsNotStartedAgain) {
  const RunRecord earlier = start("first", sleeps);
  RunSpec spec = wanted("exit 0").spec;
  spec.policy.queue.after = {earlier.id};
  const RunRecord later = act::start(spec, "second")->record;
  const std::string refusal = message(restart(later.directory));
  EXPECT_TRUE(refusal.starts_with("run second waits for ")) << refusal;
  EXPECT_TRUE(refusal.ends_with(": `vigie stop second` first")) << refusal;
}

TEST_F(Kept, ARestartWhoseConditionCanNeverBeMetSaysSo) {
  const RunRecord earlier = start_and_end("first", "exit 1");
  RunSpec spec = wanted("exit 0").spec;
  spec.policy.queue.after_success = {earlier.id};
  const Result<Started> second = act::start(spec, "second");
  ASSERT_TRUE(second) << message(second);
  const RunRecord over = wait_for_end(second->record)->record;
  const std::string refusal = message(restart(over.directory));
  EXPECT_TRUE(refusal.starts_with("second was not started again: ")) << refusal;
}

TEST_F(Kept, WhatOthersChoseIsNotExecutedAgain) {
  RunRecord run = start_and_end("found", "exit 0");
  run.never_again = "it was a process of another user";
  ASSERT_TRUE(wire::write_record(run));
  const Result<Restarted> again = restart(run.directory);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::denied);
  EXPECT_EQ(again.error().message, "cannot start found again: it was a process of another user");
}

}  // namespace
}  // namespace vigie::act
