#include "keep/end/exit_record.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace vigie::keep {
namespace {

template <class End>
int status_of(End end) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    end();
    ::_exit(99);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return status;
}

/// An attempt that ended so, at 2 ns.
RunRecord ended_with(int status, std::optional<StopRequest> stop = std::nullopt) {
  RunRecord record;
  record.exit = exit_record(status, stop, 2);
  record.stop = std::move(stop);
  return record;
}

StopRequest asked(int signal = SIGTERM, std::int64_t wall_ns = 1) {
  return {.signal = signal, .grace_seconds = 30, .wall_ns = wall_ns};
}

TEST(ExitRecord, CodeZeroExited) {
  const RunRecord record = ended_with(status_of([] { ::_exit(0); }));
  EXPECT_EQ(record.exit->kind, ExitRecord::Kind::code);
  EXPECT_EQ(final_state(record), RunState::exited);
}

TEST(ExitRecord, AKillIsNotACode) {
  const RunRecord record = ended_with(status_of([] { ::raise(SIGKILL); }));
  EXPECT_EQ(record.exit->kind, ExitRecord::Kind::signal);
  EXPECT_EQ(record.exit->value, SIGKILL);
  EXPECT_EQ(final_state(record), RunState::killed);
}

TEST(ExitRecord, AnEndThatWasAskedForWithinTheGraceIsCancelledWhateverItsCode) {
  for (const int code : {0, 1, 143}) {
    const int status = status_of([=] { ::_exit(code); });
    EXPECT_EQ(final_state(ended_with(status, asked())), RunState::cancelled) << code;
    EXPECT_EQ(final_state(ended_with(status)), code == 0 ? RunState::exited : RunState::failed);
  }
  const int by_signal = status_of([] { ::raise(SIGTERM); });
  EXPECT_EQ(final_state(ended_with(by_signal, asked())), RunState::cancelled);
  EXPECT_EQ(final_state(ended_with(by_signal)), RunState::killed);
  EXPECT_NE(ended_with(by_signal, asked()).exit->reason.find("on request"), std::string::npos);
}

TEST(ExitRecord, WhatHadToBeKilledIsNotCancelled) {
  EXPECT_EQ(final_state(ended_with(status_of([] { ::raise(SIGKILL); }), asked())), RunState::killed);
  EXPECT_EQ(final_state(ended_with(status_of([] { ::_exit(137); }), asked(SIGKILL))), RunState::killed);
  // A shell that ended as it was asked to, and what it left had to be killed when the grace was over.
  StopRequest late = asked();
  late.report.actions.push_back({.pid = 8, .command = "python3", .action = "kill", .result = "ended"});
  EXPECT_EQ(final_state(ended_with(status_of([] { ::_exit(143); }), late)), RunState::killed);
  // Who was only signalled was not forced.
  late.report.actions.front().action = "signal TERM";
  EXPECT_EQ(final_state(ended_with(status_of([] { ::_exit(143); }), late)), RunState::cancelled);
}

TEST(ExitRecord, AStopThatCameAfterTheEndWasForTheRest) {
  const StopRequest after = asked(SIGTERM, 3);
  EXPECT_EQ(final_state(ended_with(status_of([] { ::_exit(1); }), after)), RunState::failed);
  EXPECT_EQ(final_state(ended_with(status_of([] { ::_exit(0); }), after)), RunState::exited);
}

TEST(ExitRecord, AnEndThatNobodySawIsLostUnlessItWasAskedFor) {
  RunRecord record = ended_with(0);
  record.exit->kind = ExitRecord::Kind::unknown;
  EXPECT_EQ(final_state(record), RunState::lost);
  record.stop = asked();
  EXPECT_EQ(final_state(record), RunState::cancelled);
  record.stop->signal = SIGKILL;
  EXPECT_EQ(final_state(record), RunState::killed);
}

TEST(ExitRecord, AStopByRootSaysSo) {
  EXPECT_EQ(exit_record(status_of([] { ::_exit(0); }), StopRequest{.by_root = true}, 1).reason,
            "stopped on request of root, exit code 0");
}

}  // namespace
}  // namespace vigie::keep
