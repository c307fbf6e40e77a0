#include "shim/exit_record.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace vigie::shim {
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

TEST(ExitRecord, CodeZeroExited) {
  const ExitRecord exit = exit_record(status_of([] { ::_exit(0); }), std::nullopt, 1);
  EXPECT_EQ(exit.kind, ExitRecord::Kind::code);
  EXPECT_EQ(final_state(exit, false), RunState::exited);
}

TEST(ExitRecord, AKillIsNotACode) {
  const ExitRecord exit = exit_record(status_of([] { ::raise(SIGKILL); }), std::nullopt, 1);
  EXPECT_EQ(exit.kind, ExitRecord::Kind::signal);
  EXPECT_EQ(exit.value, SIGKILL);
  EXPECT_EQ(final_state(exit, false), RunState::killed);
}

TEST(ExitRecord, ATrainingThatSavesAndExits143OnRequestWasKilledNotFailed) {
  const ExitRecord exit = exit_record(status_of([] { ::_exit(143); }), StopRequest{}, 1);
  EXPECT_EQ(exit.value, 143);
  EXPECT_EQ(final_state(exit, true), RunState::killed);
  EXPECT_EQ(final_state(exit, false), RunState::failed);
  EXPECT_NE(exit.reason.find("on request"), std::string::npos);
}

TEST(ExitRecord, AStopByRootSaysSo) {
  EXPECT_EQ(exit_record(status_of([] { ::_exit(0); }), StopRequest{.by_root = true}, 1).reason,
            "stopped on request of root, exit code 0");
}

}  // namespace
}  // namespace vigie::shim
