#include "keep/stop/time_limit.hpp"

#include <gtest/gtest.h>

#include <csignal>

#include "base/second_for_tests.hpp"

namespace vigie::keep {
namespace {

RunRecord limited() {
  RunRecord record;
  record.started_wall_ns = 1'000'000 * second;
  record.spec.policy.time_limit_seconds = 100;
  record.spec.policy.early_signal = EarlySignal{.signal = SIGUSR1, .before_seconds = 30};
  return record;
}

TEST(TimeLimit, TheSignalComesFirstAndEachOnce) {
  TimeLimit limit(limited(), {.boot_ns = 50 * second, .wall_ns = 1'000'000 * second});
  EXPECT_EQ(limit.next_boot_ns(), 120 * second);
  EXPECT_EQ(limit.due(119 * second), TimeLimit::Due::nothing);
  EXPECT_EQ(limit.due(120 * second), TimeLimit::Due::early_signal);
  EXPECT_EQ(limit.due(121 * second), TimeLimit::Due::nothing);
  EXPECT_EQ(limit.next_boot_ns(), 150 * second);
  EXPECT_EQ(limit.due(150 * second), TimeLimit::Due::end);
  EXPECT_EQ(limit.next_boot_ns(), std::nullopt);
}

TEST(TimeLimit, ARecorderThatTakesOverLaterKeepsTheTimes) {
  RunRecord record = limited();
  record.early_signal_sent = true;
  const TimeLimit limit(record, {.boot_ns = 130 * second, .wall_ns = 1'000'080 * second});
  EXPECT_EQ(limit.next_boot_ns(), 150 * second);
}

TEST(TimeLimit, AClockThatWasSetChangesNothing) {
  RunRecord record = limited();
  record.leader = {.pid = 4711, .start_ticks = 5000};  // 50 s after the boot
  for (const std::int64_t jump : {-100'000 * second, 0 * second, 100'000 * second}) {
    const TimeLimit limit(record, {.boot_ns = 60 * second, .wall_ns = 1'000'010 * second + jump});
    EXPECT_EQ(limit.next_boot_ns(), 120 * second);
  }
}

TEST(TimeLimit, NothingIsDueWithoutALimitOrOnceTheRunIsStopping) {
  EXPECT_EQ(TimeLimit(RunRecord{}, {}).next_boot_ns(), std::nullopt);
  RunRecord record = limited();
  record.stop.emplace();
  EXPECT_EQ(TimeLimit(record, {}).next_boot_ns(), std::nullopt);
}

}  // namespace
}  // namespace vigie::keep
