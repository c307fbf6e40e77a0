#include "model/run.hpp"

#include <gtest/gtest.h>

#include "model/snapshot.hpp"

namespace vigie {
namespace {

TEST(RunState, EveryNameReadsBackAsItsState) {
  for (int value = 0; value <= static_cast<int>(RunState::lost); ++value) {
    const auto state = static_cast<RunState>(value);
    EXPECT_EQ(run_state_named(name_of(state)), state);
  }
  EXPECT_EQ(run_state_named("sleeping"), std::nullopt);
}

TEST(RunState, OnlyTheFourLastOnesAreOver) {
  EXPECT_FALSE(is_over(RunState::exiting));
  EXPECT_FALSE(is_over(RunState::paused));
  EXPECT_TRUE(is_over(RunState::exited));
  EXPECT_TRUE(is_over(RunState::lost));
}

TEST(ExitRecord, SaysCodeSignalOrThatItIsNotKnown) {
  EXPECT_EQ(describe(ExitRecord{.kind = ExitRecord::Kind::code, .value = 143, .reason = {}}), "exit code 143");
  EXPECT_EQ(describe(ExitRecord{.kind = ExitRecord::Kind::signal, .value = 9, .reason = {}}), "killed by SIGKILL");
  EXPECT_EQ(describe(ExitRecord{.kind = ExitRecord::Kind::signal, .value = 40, .reason = {}}), "killed by signal 40");
  EXPECT_EQ(describe(ExitRecord{}), "ended, status unknown");
}

TEST(Member, RolesCarryTheirNumbers) {
  EXPECT_EQ(describe(Member{.role = Role::rank, .number = 3}), "rank 3");
  EXPECT_EQ(describe(Member{.role = Role::loader_worker, .number = 0}), "loader worker 0");
  EXPECT_EQ(describe(Member{}), "");
}

TEST(Snapshot, AReusedPidIsAnotherProcess) {
  Snapshot snapshot;
  snapshot.processes.resize(2);
  snapshot.processes[0].id = {.pid = 5, .start_ticks = 100};
  snapshot.processes[1].id = {.pid = 9, .start_ticks = 200};
  EXPECT_EQ(snapshot.find({.pid = 9, .start_ticks = 200}), &snapshot.processes[1]);
  EXPECT_EQ(snapshot.find({.pid = 9, .start_ticks = 150}), nullptr);
  EXPECT_EQ(snapshot.find_pid(9), &snapshot.processes[1]);
  EXPECT_EQ(snapshot.find_pid(7), nullptr);
}

TEST(CommandLine, EmptyArgumentsSurviveAndATitleWithoutNulIsRead) {
  using namespace std::literals;
  EXPECT_EQ(arguments("a\0\0b\0"sv), (std::vector<std::string_view>{"a", "", "b"}));
  EXPECT_EQ(arguments("sshd: joe"sv), (std::vector<std::string_view>{"sshd: joe"}));
  EXPECT_TRUE(arguments("").empty());
}

TEST(CommandLine, AKernelThreadIsShownByItsNameInBrackets) {
  ProcessSample process;
  process.comm = "kworker/0:1";
  process.cmdline = std::string();
  EXPECT_EQ(command_text(process), "[kworker/0:1]");
  process.cmdline = std::string("python3\0train.py\0\0\0", 19);
  EXPECT_EQ(command_text(process), "python3 train.py");
}

TEST(Progress, WhatIsLeftIsTheRuns) {
  Progress progress;
  EXPECT_FALSE(seconds_left(progress));
  progress.step = 40;
  progress.total = 100;
  progress.rate_per_second = 2;
  EXPECT_EQ(seconds_left(progress), 30) << "without an estimate of its own";
  progress.eta_seconds = 31;
  EXPECT_EQ(seconds_left(progress), 31);
  progress.epoch = 2;
  EXPECT_EQ(seconds_left(progress), 31) << "of how many is not known";
  progress.epochs = 5;
  EXPECT_EQ(seconds_left(progress), 31 + 3 * 50);
  progress.eta_of_run = true;
  EXPECT_EQ(seconds_left(progress), 31);
  progress.eta_of_run = false;
  progress.rate_per_second.reset();
  EXPECT_DOUBLE_EQ(*seconds_left(progress), 31 + 3 * 100 * 31 / 60.0) << "its estimate says how long an epoch takes";
  progress.eta_seconds.reset();
  EXPECT_FALSE(seconds_left(progress)) << "how long an epoch takes is not known";
}

TEST(DescribeWait, SaysHowLongItStillIs) {
  RunRecord record;
  record.waits_for = next_attempt_wait;
  record.not_before_wall_ns = 100 * nanoseconds_per_second;
  EXPECT_EQ(describe_wait(record, 88 * nanoseconds_per_second), "its next attempt in 12 s");
  EXPECT_EQ(describe_wait(record, 101 * nanoseconds_per_second), "its next attempt");
  record.waits_for = "run a to end";
  EXPECT_EQ(describe_wait(record, 88 * nanoseconds_per_second), "run a to end");
}

TEST(RunStates, HaveNamesThatAreUnderstood) {
  for (const RunState state :
       {RunState::queued, RunState::exited, RunState::cancelled, RunState::killed, RunState::elsewhere})
    EXPECT_EQ(run_state_named(name_of(state)), state);
  EXPECT_TRUE(is_over(RunState::cancelled));
}

TEST(Progress, InTheLastEpochNoMoreFollow) {
  Progress progress;
  progress.step = 50;
  progress.total = 100;
  progress.eta_seconds = 10;
  progress.epoch = progress.epochs = 3;
  EXPECT_EQ(seconds_left(progress), 10.0);
  progress.epoch = 2;
  EXPECT_EQ(seconds_left(progress), 30.0) << "and 100 steps at 5 a second";
}

TEST(RestartPolicy, ItsWordsAreUnderstood) {
  using When = RestartPolicy::When;
  for (const When when : {When::no, When::on_failure, When::always}) EXPECT_EQ(restart_named(name_of(when)), when);
  EXPECT_EQ(restart_named("sometimes"), std::nullopt);
}

}  // namespace
}  // namespace vigie
