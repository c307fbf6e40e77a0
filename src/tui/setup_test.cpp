#include "tui/setup.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tui/keys.hpp"
#include "tui/picture_for_tests.hpp"
#include "tui/process_list.hpp"
#include "tui/whole.hpp"

namespace vigie::tui {
namespace {

constexpr Size size{.rows = 24, .columns = 100};

void press_names(ViewState& state, std::initializer_list<std::string_view> names) {
  const Picture picture{.grid = Grid(size)};
  for (const std::string_view name : names) (void)press(state, key_named(name), picture);
}

std::string list_of(const ViewState& state) {
  const StillTime time(small_host().frame());
  return text_of(draw_processes(time.window(), state, size).grid);
}

TEST(Setup, ATickedColumnIsShownAndTheCommandStaysTheLast) {
  ViewState state{.screen = ScreenId::processes};
  EXPECT_EQ(list_of(state).find("PPID"), std::string::npos);
  press_names(state, {"F2", "down", "Space", "q"});
  EXPECT_EQ(state.mode, Mode::normal);
  EXPECT_FALSE(state.quit);
  EXPECT_NE(list_of(state).find("PPID"), std::string::npos);
  EXPECT_EQ(state.columns.back(), "command");
}

TEST(Setup, AColumnWhoseTickIsTakenIsGone) {
  ViewState state{.screen = ScreenId::processes};
  press_names(state, {"F2", "down", "down", "Space", "Esc"});
  EXPECT_EQ(std::ranges::count(state.columns, "user"), 0);
  EXPECT_EQ(list_of(state).find("USER"), std::string::npos);
}

TEST(Setup, ThePageSaysWhatVigieTopCosts) {
  const StillTime time(small_host().frame());
  ViewState state;
  press_names(state, {"F2"});
  const Around around{.cost = OwnCost{.cpu_percent = 1.25,
                                      .rss_bytes = 8 << 20,
                                      .step = StepCost{.seconds = 0.0042, .late_seconds = 0.0001}}};
  const std::string page = text_of(draw_whole(time.window(), state, size, around).grid);
  EXPECT_NE(page.find("1.2 % of a CPU, 8.0M; a look takes 4.2 ms, was late by 0.1 ms"), std::string::npos) << page;
  EXPECT_NE(text_of(draw_whole(time.window(), state, size, {}).grid).find("own cost: not measured"), std::string::npos);
}

TEST(Setup, ChosenColumnsLeaveRoomForTheCommand) {
  ViewState state{.screen = ScreenId::processes};
  state.columns = {"pid", "user", "cpu_percent", "rss_bytes", "command"};
  const StillTime time(small_host().frame());
  for (int columns = 1; columns < 60; ++columns) {
    const std::vector<views::ProcessColumn> shown = list_columns(*time.window().frame, state, columns);
    ASSERT_GE(shown.size(), 2U);
    EXPECT_EQ(shown.back().name(), "command");
  }
}

}  // namespace
}  // namespace vigie::tui
