#include "act/workspace.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "act/program.hpp"
#include "base/test_directory.hpp"

namespace vigie::act {
namespace {

RunRecord run_called(const std::string& name, RunState state = RunState::running) {
  RunRecord run;
  run.name = name;
  run.state = state;
  run.spec.cwd = "/home/me";
  return run;
}

bool has_word(const Words& words, const std::string& word) {
  return std::ranges::find(words, word) != words.end();
}

TEST(Workspace, ShowsTheTerminalOfARunThatIsAliveAndTheLogOfOneThatIsOver) {
  const Workspace alive = workspace_of(run_called("resnet"), "/bin/vigie");
  EXPECT_TRUE(has_word(alive.commands[0], "attach"));
  EXPECT_EQ(alive.session, "resnet");
  EXPECT_EQ(alive.cwd, "/home/me");
  const Workspace over = workspace_of(run_called("resnet", RunState::exited), "/bin/vigie");
  EXPECT_TRUE(has_word(over.commands[0], "logs"));
  EXPECT_FALSE(has_word(over.commands[0], "attach"));
}

TEST(Workspace, ANameWithDotsIsASessionWithoutAsTmuxSeparatesByThem) {
  const Workspace workspace = workspace_of(run_called("v1.2.sh"), "/bin/vigie");
  EXPECT_EQ(workspace.session, "v1_2_sh");
  EXPECT_TRUE(has_word(workspace.commands[0], "v1.2.sh")) << "the run itself is called as it is";
}

TEST(Workspace, AWordThatEndsInASemicolonBeginsNoOtherCommandOfTmux) {
  const Workspace workspace = workspace_of(run_called("resnet"), "/opt/odd;");
  EXPECT_TRUE(has_word(workspace.commands[0], "/opt/odd\\;"));
}

TEST(Workspace, TheRunIsFoundWhateverServerOfTmuxIsRunning) {
  ::setenv("XDG_STATE_HOME", "/state of mine", 1);
  EXPECT_TRUE(has_word(workspace_of(run_called("a"), "vigie").commands[0], "XDG_STATE_HOME=/state of mine"));
  ::unsetenv("XDG_STATE_HOME");
  EXPECT_FALSE(has_word(workspace_of(run_called("a"), "vigie").commands[0], "-e"));
}

TEST(Workspace, IsEnteredFromWithinTmuxToo) {
  ::unsetenv("TMUX");
  EXPECT_EQ(workspace_of(run_called("a"), "vigie").enter, (Words{"tmux", "attach-session", "-t", "=a"}));
  ::setenv("TMUX", "/tmp/tmux,1,0", 1);
  EXPECT_EQ(workspace_of(run_called("a"), "vigie").enter, (Words{"tmux", "switch-client", "-t", "=a"}));
  ::unsetenv("TMUX");
}

TEST(Program, ItsExitStatusIsThatOfAShell) {
  EXPECT_EQ(*run_program({"/bin/sh", "-c", "exit 3"}, Output::none), 3);
  EXPECT_EQ(*run_program({"/bin/sh", "-c", "kill -TERM $$"}, Output::none), 128 + 15);
  EXPECT_FALSE(run_program({"/nowhere/tmux"}, Output::none));
}

TEST(Program, RunsInTheDirectoryThatIsGivenAndTakesNoProgramFromIt) {
  const TestDirectory directory;
  EXPECT_EQ(*run_program({"sh", "-c", "test \"$(pwd -P)\" = \"$(cd '" + directory.path() + "' && pwd -P)\""},
                         Output::none, directory.path()),
            0);
  EXPECT_EQ(*run_program({"sh", "-c", "exit 4"}, Output::none, "/nowhere"), 4) << "where there is none, it runs here";
}

TEST(Program, WhatItSaysIsTakenUnlessItSaysNo) {
  EXPECT_EQ(*output_of({"/bin/sh", "-c", "echo one; echo two"}), "one\ntwo\n");
  EXPECT_EQ(*output_of({"/bin/sh", "-c", "echo one; exit 1"}), "");
  EXPECT_FALSE(output_of({"/nowhere/tmux"}));
}

TEST(ShellLine, IsWhatOneWouldType) {
  EXPECT_EQ(shell_line({"tmux", "new-session", "-s", "a"}), "tmux new-session -s a");
  EXPECT_EQ(shell_line({"echo", "it's", "", "a b"}), "echo 'it'\\''s' '' 'a b'");
}

}  // namespace
}  // namespace vigie::act
