#include "keep/restart_policy.hpp"

#include <gtest/gtest.h>

#include <csignal>

#include "base/second_for_tests.hpp"
#include "keep/end/exit_record.hpp"

namespace vigie::keep {
namespace {

RunRecord ended(RestartPolicy::When when, int wait_status, double lasted_seconds = 1) {
  RunRecord record;
  record.id = "abcdef";
  record.spec.policy.restart = {.when = when, .limit = 0, .backoff_seconds = 10};
  record.started_wall_ns = 1000 * second;
  record.exit =
      exit_record(wait_status, std::nullopt, 1000 * second + static_cast<std::int64_t>(lasted_seconds * second));
  return record;
}

constexpr int success = 0, code_1 = 1 << 8;

TEST(RestartPolicy, ByDefaultNothingIsStartedAgain) {
  EXPECT_FALSE(next_attempt(ended(RestartPolicy::When::no, code_1), 0));
}

TEST(RestartPolicy, OnFailureMeansACodeOrASignalAndNotSuccess) {
  EXPECT_TRUE(next_attempt(ended(RestartPolicy::When::on_failure, code_1), 0));
  EXPECT_TRUE(next_attempt(ended(RestartPolicy::When::on_failure, SIGSEGV), 0));
  EXPECT_FALSE(next_attempt(ended(RestartPolicy::When::on_failure, success), 0));
  EXPECT_TRUE(next_attempt(ended(RestartPolicy::When::always, success), 0));
}

TEST(RestartPolicy, WhatHadOtherRightsIsNeverExecutedAgain) {
  RunRecord record = ended(RestartPolicy::When::always, code_1);
  record.never_again = "it was a process of somebody else";
  EXPECT_FALSE(next_attempt(record, 0));
  EXPECT_EQ(why_never_again(record), record.never_again);
  record = ended(RestartPolicy::When::always, code_1);
  record.adopted = true;  // by a vigie that kept no more of it
  record.owner = 1000;
  EXPECT_EQ(why_never_again(record), "");
  record.owner = 0;
  EXPECT_FALSE(next_attempt(record, 0));
}

TEST(RestartPolicy, WhatTheUserStoppedStaysStopped) {
  RunRecord record = ended(RestartPolicy::When::always, SIGTERM);
  record.stop = StopRequest{.signal = SIGTERM, .grace_seconds = 30};
  EXPECT_FALSE(next_attempt(record, 0));
  record.stop->reason = "its time limit of 1 h was over";
  EXPECT_TRUE(next_attempt(record, 0));
  record.spec.policy.restart.when = RestartPolicy::When::on_failure;
  EXPECT_FALSE(next_attempt(record, 0));
}

TEST(RestartPolicy, ThePauseDoublesAndBeginsAnewAfterALongAttempt) {
  RunRecord record = ended(RestartPolicy::When::on_failure, code_1);
  double pauses[3] = {};
  for (double& pause : pauses) {
    const auto next = next_attempt(record, 5000 * second);
    ASSERT_TRUE(next);
    EXPECT_EQ(next->state, RunState::queued);
    EXPECT_EQ(next->attempt, record.attempt + 1);
    pause = static_cast<double>(next->not_before_wall_ns - 5000 * second) / second;
    const auto exit = record.exit;
    record = *next;
    record.exit = exit;
  }
  EXPECT_EQ(pauses[0], 10);
  EXPECT_EQ(pauses[1], 20);
  EXPECT_EQ(pauses[2], 40);
  EXPECT_EQ(record.started_wall_ns, 0) << "an attempt that waits has not begun";
  record.started_wall_ns = 2000 * second;
  record.exit->wall_ns = record.started_wall_ns + 700 * second;
  EXPECT_EQ(next_attempt(record, 0)->not_before_wall_ns, 10 * second);
  record.failures_in_a_row = 4'000'000'000;
  record.exit->wall_ns = record.started_wall_ns;
  EXPECT_EQ(next_attempt(record, 0)->not_before_wall_ns, 3600 * second);
}

TEST(RestartPolicy, TheLimitCountsRestarts) {
  RunRecord record = ended(RestartPolicy::When::on_failure, code_1);
  record.spec.policy.restart.limit = 2;
  record.attempt = 2;
  EXPECT_TRUE(next_attempt(record, 0));
  record.attempt = 3;
  EXPECT_FALSE(next_attempt(record, 0));
}

}  // namespace
}  // namespace vigie::keep
