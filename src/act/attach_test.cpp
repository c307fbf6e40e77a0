#include "act/attach.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdlib>

#include "act/host_for_tests.hpp"
#include "wire/run_directory.hpp"

namespace vigie::act {
namespace {

class Attaching : public OwnState {
 protected:
  RunRecord kept(const std::string& name, RunState state) {
    RunRecord record;
    record.id = "id" + name;
    record.name = name;
    record.state = state;
    record.spec.pty = true;
    record.place = this_process_space();
    record.owner = ::geteuid();
    record.directory = wire::prepare_runs_directory().value() + "/" + record.id;
    EXPECT_EQ(::mkdir(record.directory.c_str(), 0700), 0);
    EXPECT_TRUE(wire::write_record(record));
    return record;
  }
};

TEST_F(Attaching, ARunThatIsOverIsRefusedWithWhatShowsItsOutput) {
  const Result<void> possible = refuse_without_terminal(kept("old", RunState::exited));
  EXPECT_TRUE(possible.error().message.contains("`vigie logs old` shows what it printed")) << possible.error().message;
}

TEST_F(Attaching, WhatWasAdoptedHasItsTerminalElsewhere) {
  RunRecord record = kept("mine", RunState::exited);
  record.adopted = true;
  ASSERT_TRUE(wire::write_record(record));
  EXPECT_TRUE(run_to_attach("mine").error().message.contains("was adopted"));
  EXPECT_EQ(run_to_attach("nosuch").error().kind, ErrorKind::no_target);
}

TEST_F(Attaching, ARunIsNotShownWithinItself) {
  const RunRecord record = kept("a", RunState::exited);
  EXPECT_TRUE(refuse_within(record));
  ::setenv("VIGIE_RUN_ID", "ida", 1);
  EXPECT_FALSE(refuse_within(record));
  ::setenv("VIGIE_RUN_ID", "another", 1);
  EXPECT_TRUE(refuse_within(record));
  ::unsetenv("VIGIE_RUN_ID");
}

TEST_F(Attaching, ARunThatIsOverHasNoTerminalToWaitFor) {
  const Result<std::optional<RunRecord>> terminal =
      await_terminal(kept("old", RunState::failed), [](const std::string&) { FAIL() << "it waits for nothing"; });
  ASSERT_TRUE(terminal);
  EXPECT_FALSE(*terminal);
}

TEST_F(Attaching, CtrlZIsFollowedByAStopOrByNothing) {
  const Process process;
  RunRecord record = kept("a", RunState::running);
  record.leader = process.id();
  AttachClient reader(record, {.read_only = true});
  reader.type("\x1a");
  EXPECT_FALSE(reader.may_be_stopping()) << "a client that only looks on types nothing";
  AttachClient client(record, {});
  client.type("x");
  EXPECT_FALSE(client.may_be_stopping());
  client.type("\x1a");
  EXPECT_TRUE(client.lost()) << "there is no recorder that could hear it";
  EXPECT_TRUE(client.may_be_stopping());
  ::kill(process.pid(), SIGSTOP);
  EXPECT_TRUE(client.left_stopped()) << "the stop is waited for";
  EXPECT_TRUE(client.has_stopped());
  EXPECT_FALSE(client.has_stopped()) << "it is told once";
  EXPECT_FALSE(client.may_be_stopping());
}

TEST_F(Attaching, WhatWasNotStoppedIsNotLeftAsIfItWere) {
  const Process process;
  RunRecord record = kept("a", RunState::running);
  record.leader = process.id();
  const AttachClient client(record, {});
  EXPECT_FALSE(client.left_stopped()) << "no Ctrl-Z was typed";
  EXPECT_FALSE(await_terminal({.directory = directory.path("none")}, [](const std::string&) {}));
}

}  // namespace
}  // namespace vigie::act
