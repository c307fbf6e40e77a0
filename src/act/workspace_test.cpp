#include "act/workspace.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "act/host_for_tests.hpp"
#include "act/program.hpp"
#include "wire/run_directory.hpp"

namespace vigie::act {
namespace {

RunRecord run_called(const std::string& name, RunState state = RunState::running) {
  RunRecord run;
  run.name = name;
  run.id = "abc123";
  run.state = state;
  run.spec.cwd = "/home/me";
  return run;
}

constexpr wire::TerminalSize window{.rows = 49, .columns = 160};

/// The command that gives a pane its program.
const Words& program_of(const Workspace& workspace, const std::string& pane) {
  static const Words none;
  const auto found = std::ranges::find_if(workspace.commands, [&](const Words& words) {
    return words[1] == "respawn-pane" && words[4].ends_with(":train." + pane);
  });
  return found == workspace.commands.end() ? none : *found;
}

bool has_word(const Words& words, const std::string& word) {
  return std::ranges::find(words, word) != words.end();
}

TEST(Workspace, ShowsTheTerminalOfARunThatIsAliveAndTheLogOfOneThatIsOver) {
  const Workspace alive = workspace_of(run_called("resnet"), window, "/bin/vigie");
  EXPECT_TRUE(has_word(program_of(alive, "{left}"), "attach"));
  EXPECT_EQ(alive.session, "resnet");
  EXPECT_EQ(alive.cwd, "/home/me");
  const Workspace over = workspace_of(run_called("resnet", RunState::exited), window, "/bin/vigie");
  EXPECT_TRUE(has_word(program_of(over, "{left}"), "logs"));
  EXPECT_FALSE(has_word(program_of(over, "{left}"), "attach"));
}

TEST(Workspace, ItsRunIsShownInDepthByItsIdAsANameMayBeThatOfAScreen) {
  EXPECT_TRUE(has_word(program_of(workspace_of(run_called("gpus"), window, "/bin/vigie"), "{top-right}"), "abc123"));
}

TEST(Workspace, NoProgramBeginsBeforeAllPanesHaveTheirSize) {
  const Workspace workspace = workspace_of(run_called("resnet"), window, "/bin/vigie");
  std::size_t last_split = 0, first_program = workspace.commands.size();
  for (std::size_t at = 0; at < workspace.commands.size(); ++at) {
    if (workspace.commands[at][1] == "split-window") last_split = at;
    if (workspace.commands[at][1] == "respawn-pane") first_program = std::min(first_program, at);
  }
  EXPECT_LT(last_split, first_program);
  EXPECT_TRUE(has_word(workspace.commands[0], "160"));
  EXPECT_TRUE(has_word(workspace.commands[0], "49"));
}

TEST(Workspace, TheTerminalOfTheRunHasWhatTheOtherPanesLeave) {
  EXPECT_EQ(terminal_pane(window).columns, 80);  // 79 beside it, and a line between
  EXPECT_EQ(terminal_pane(window).rows, 49);
  EXPECT_EQ(terminal_pane({.rows = 1, .columns = 1}).columns, 1);
}

TEST(Workspace, ANameWithDotsIsASessionWithoutAsTmuxSeparatesByThem) {
  const Workspace workspace = workspace_of(run_called("v1.2.sh"), window, "/bin/vigie");
  EXPECT_EQ(workspace.session, "v1_2_sh");
  EXPECT_TRUE(has_word(program_of(workspace, "{left}"), "v1.2.sh")) << "the run itself is called as it is";
}

TEST(Workspace, AWordThatEndsInASemicolonBeginsNoOtherCommandOfTmux) {
  const Workspace workspace = workspace_of(run_called("resnet"), window, "/opt/odd;");
  EXPECT_TRUE(has_word(program_of(workspace, "{bottom-right}"), "/opt/odd\\;"));
}

TEST(Workspace, TheRunIsFoundWhateverServerOfTmuxIsRunning) {
  ::setenv("XDG_STATE_HOME", "/state of mine", 1);
  EXPECT_TRUE(has_word(workspace_of(run_called("a"), window, "vigie").commands[0], "XDG_STATE_HOME=/state of mine"));
  ::unsetenv("XDG_STATE_HOME");
  EXPECT_FALSE(has_word(workspace_of(run_called("a"), window, "vigie").commands[0], "-e"));
}

TEST(Workspace, IsEnteredFromWithinTmuxToo) {
  ::unsetenv("TMUX");
  EXPECT_EQ(workspace_of(run_called("a"), window, "vigie").enter, (Words{"tmux", "attach-session", "-t", "=a"}));
  ::setenv("TMUX", "/tmp/tmux,1,0", 1);
  EXPECT_EQ(workspace_of(run_called("a"), window, "vigie").enter, (Words{"tmux", "switch-client", "-t", "=a"}));
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

/// A tmux that writes down what it is told, and knows no session yet.
class FakeTmux : public OwnState {
 protected:
  FakeTmux() {
    ::setenv("PATH", (directory.path() + ":" + path).c_str(), 1);
    answer("test \"$1\" != has-session");
  }
  ~FakeTmux() override { ::setenv("PATH", path.c_str(), 1); }

  void answer(const std::string& last_line) const {
    std::ofstream(directory.path("tmux")) << "#!/bin/sh\necho \"$1\" >> " << directory.path("log") << "\n"
                                          << last_line << "\n";
    std::filesystem::permissions(directory.path("tmux"), std::filesystem::perms::owner_all);
  }
  [[nodiscard]] std::string told() const {
    std::ifstream file(directory.path("log"));
    std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    std::ranges::replace(text, '\n', ' ');
    return text;
  }
  [[nodiscard]] Result<void> built() const {
    RunRecord run = run_called("resnet");
    run.owner = ::geteuid();
    run.spec.cwd = directory.path();
    run.directory = wire::prepare_runs_directory().value() + "/abc";
    std::filesystem::create_directory(run.directory);
    return build(run, workspace_of(run, window));
  }

  const std::string path = std::getenv("PATH") != nullptr ? std::getenv("PATH") : "/usr/bin:/bin";
};

TEST_F(FakeTmux, ASessionIsBuiltOnceAndLeftAsItsUserMadeIt) {
  const Result<void> done = built();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(told(),
            "has-session new-session split-window split-window select-pane respawn-pane respawn-pane respawn-pane "
            "new-window new-window ");
  answer("exit 0");
  ASSERT_TRUE(built());
  EXPECT_TRUE(told().ends_with("new-window has-session ")) << told();
}

TEST_F(FakeTmux, WhatItRefusesIsShownAsOneWouldTypeIt) {
  answer("exit 1");
  const Result<void> refused = built();
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message.starts_with("tmux refused: tmux new-session -d -s resnet -n train "))
      << refused.error().message;
}

TEST_F(FakeTmux, WithoutItAnErrorSaysWhatShowsTheRun) {
  ::setenv("PATH", "/nowhere", 1);
  const Result<wire::TerminalSize> refused = workspace_size(window, "vigie attach resnet");
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message.starts_with("a workspace needs tmux: cannot run tmux: "))
      << refused.error().message;
  EXPECT_TRUE(refused.error().message.ends_with("; without it, `vigie attach resnet`")) << refused.error().message;
}

}  // namespace
}  // namespace vigie::act
