#include <gtest/gtest.h>

#include <clocale>
#include <set>

#include "tui/picture_for_tests.hpp"
#include "tui/reading_text.hpp"
#include "tui/run_lines.hpp"
#include "tui/whole.hpp"

namespace vigie::tui {
namespace {

class Screens : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { std::setlocale(LC_CTYPE, "C.UTF-8"); }
};

Grid drawn(const Frame& frame, const ViewState& state, Size size) {
  const StillTime time(frame);
  return draw_whole(time.window(), state, size, {}).grid;
}

TEST_F(Screens, EverySizeFromNothingOnIsDrawnWithinItself) {
  const Frame frame = small_host().frame();
  for (const ScreenView& screen : screens()) {
    for (int rows = 0; rows < 14; ++rows) {
      for (const int columns : {0, 1, 2, 19, 20, 37, 80, 300}) {
        const Size size{.rows = rows, .columns = columns};
        EXPECT_EQ(drawn(frame, {.screen = screen.id}, size).size(), size) << screen.name;
      }
    }
  }
}

TEST_F(Screens, ASmallTerminalStillShowsTheBusiestProcess) {
  const Grid grid = drawn(small_host().frame(), {}, {.rows = 5, .columns = 20});
  EXPECT_GE(row_with(grid, "80.0"), 0) << text_of(grid);
}

TEST_F(Screens, TheLargestComesFirstAndNumbersStandBelowEachOther) {
  const Grid grid = drawn(small_host().frame(), {.screen = ScreenId::processes}, {.rows = 12, .columns = 80});
  const int first = row_with(grid, "train.py");
  EXPECT_LT(first, row_with(grid, "worker"));
  EXPECT_EQ(grid.text(first).find("80.0"), grid.text(row_with(grid, "worker")).find("40.0"));
}

TEST_F(Screens, AValueThatMayNotBeReadIsNotZero) {
  views::Scene scene = small_host();
  scene.delta.processes[2].read_bytes_per_second = Presence::denied;
  scene.delta.processes[3].read_bytes_per_second = 0.0;
  scene.delta.processes[3].write_bytes_per_second = 0.0;
  const Grid grid = drawn(scene.frame(), {.screen = ScreenId::processes}, {.rows = 12, .columns = 80});
  EXPECT_NE(grid.text(row_with(grid, "train.py")).find("denied"), std::string::npos);
  EXPECT_EQ(grid.text(row_with(grid, "worker")).find("denied"), std::string::npos);
}

TEST_F(Screens, AllReasonsOfAbsenceLookDifferentFromEachOtherAndFromZero) {
  const std::set<std::string> texts{percent_text(0.0),
                                    percent_text(Presence::unknown),
                                    percent_text(Presence::denied),
                                    percent_text(Presence::unsupported),
                                    percent_text(Presence::not_read),
                                    percent_text(Reading<double>::stale(0.0))};
  EXPECT_EQ(texts.size(), 6U);
}

TEST_F(Screens, ARunThatWasNotJudgedIsNotSaidToBeWell) {
  views::Scene scene = small_host();
  EXPECT_EQ(words_about(scene.frame(), scene.view.runs.front()).text, "…");
  scene.snapshot.sources.push_back({.name = "samples", .reason = {}});
  EXPECT_EQ(words_about(scene.frame(), scene.view.runs.front()).text, "ok");
}

TEST_F(Screens, TheVerdictIsASentenceInItsColour) {
  views::Scene scene = small_host();
  Frame frame = scene.frame();
  frame.findings.push_back({.rule = "loader-cpu",
                            .severity = Severity::warning,
                            .subject = "resnet",
                            .summary = "waits for data 80 % of the time",
                            .evidence = {},
                            .causes = {},
                            .actions = {}});
  const Grid grid = drawn(frame, {}, {.rows = 24, .columns = 120});
  const int row = row_with(grid, "waits for data 80 % of the time");
  ASSERT_GE(row, 0) << text_of(grid);
  EXPECT_EQ(grid.at(row, 0).role, Role::warn);
}

TEST_F(Screens, WhatARunDoesWhileItStartsIsNoVerdict) {
  views::Scene scene = small_host();
  scene.snapshot.sources.push_back({.name = "samples", .reason = {}});
  scene.view.runs.front().started_wall_ns = scene.snapshot.after.wall_ns - 8 * nanoseconds_per_second;
  Frame frame = scene.frame();
  frame.suspicions.push_back({.rule = "memory-leak", .subject = "resnet", .text = "its memory grew by 1.1G in 8 s"});
  EXPECT_EQ(words_about(frame, frame.view.runs.front()).text, "too early to tell");
  frame.view.runs.front().started_wall_ns = scene.snapshot.after.wall_ns - 60 * nanoseconds_per_second;
  EXPECT_EQ(words_about(frame, frame.view.runs.front()).text, "its memory grew by 1.1G in 8 s?");
}

TEST_F(Screens, RunsAreChosenByUserAndTextAsTheirProcessesAre) {
  views::Scene scene = small_host();
  scene.snapshot.users = {{.uid = 0, .name = "ada"}};
  for (ProcessSample& process : scene.snapshot.processes) process.uid = uid_t{0};
  const Frame frame = scene.frame();
  EXPECT_EQ(wanted_runs(frame, {.user = "ada"}).size(), 1U);
  EXPECT_TRUE(wanted_runs(frame, {.user = "eve"}).empty());
  EXPECT_EQ(wanted_runs(frame, {.filter = "RESNET"}).size(), 1U);
  EXPECT_EQ(wanted_runs(frame, {.filter = "train.py"}).size(), 1U) << "the command of one of its processes";
  EXPECT_TRUE(wanted_runs(frame, {.filter = "bash"}).empty());
  const Grid grid = drawn(frame, {.filter = "bash"}, {.rows = 24, .columns = 100});
  EXPECT_EQ(row_with(grid, "vigie run --"), -1) << text_of(grid);
}

TEST_F(Screens, ALateSourceIsMarkedBesideTheClock) {
  const StillTime time(small_host().frame());
  Window window = time.window();
  window.late = "no answer for 9 s";
  const Grid grid = draw_whole(window, {}, {.rows = 10, .columns = 80}, {}).grid;
  EXPECT_NE(grid.text(0).find("no answer for 9 s"), std::string::npos);
}

TEST_F(Screens, ThePastIsMarkedOverTheWholeWidth) {
  const StillTime time(small_host().frame());
  Window window = time.window();
  window.past = true;
  const Grid grid = draw_whole(window, {}, {.rows = 10, .columns = 80}, {}).grid;
  EXPECT_NE(grid.text(0).find("PAST"), std::string::npos);
  for (int column = 0; column < grid.columns(); ++column) EXPECT_EQ(grid.at(0, column).role, Role::past);
}

TEST_F(Screens, NothingOfAHostileNameReachesTheTerminalRaw) {
  views::Scene scene = small_host();
  scene.snapshot.host.name = "\x1b]0;owned\a";
  scene.snapshot.processes[1].cmdline = std::string("\x1b[2J\u202eevil\n\0", 14);
  const std::string text = text_of(drawn(scene.frame(), {}, {.rows = 24, .columns = 100}));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find("\u202e"), std::string::npos);
  EXPECT_NE(text.find("\\x1b[2J"), std::string::npos);
}

TEST_F(Screens, TheHelpHasEveryKeyWhenItIsScrolled) {
  ViewState state{.mode = Mode::help};
  std::string seen;
  for (state.help_top = 0; state.help_top < 120; ++state.help_top)
    seen += text_of(drawn(small_host().frame(), state, {.rows = 10, .columns = 80}));
  EXPECT_NE(seen.find("the row above"), std::string::npos);
  EXPECT_NE(seen.find("quit"), std::string::npos);
  EXPECT_NE(seen.find("Processes"), std::string::npos);
}

}  // namespace
}  // namespace vigie::tui
