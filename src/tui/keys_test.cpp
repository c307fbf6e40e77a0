#include "tui/keys.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <set>

#include "tui/picture_for_tests.hpp"
#include "tui/whole.hpp"

namespace vigie::tui {
namespace {

/// A user before a screen: keys go in, and the picture follows.
class User {
 public:
  explicit User(Frame frame) : time_(std::move(frame)) { look(); }

  void press(std::string_view names) {
    while (!names.empty()) {
      const std::size_t end = std::min(names.find(' '), names.size());
      wishes.push_back(tui::press(state, key_named(names.substr(0, end)), picture));
      look();
      names.remove_prefix(std::min(end + 1, names.size()));
    }
  }
  void host_is_now(Frame frame) {
    time_ = StillTime(std::move(frame));
    look();
  }
  [[nodiscard]] pid_t under_cursor() const { return state.selected.process.pid; }
  [[nodiscard]] std::string screen() const { return text_of(picture.grid); }

  std::vector<Wish> wishes;  ///< of each key
  ViewState state{.screen = ScreenId::processes};
  Picture picture{.grid = Grid({})};
  Size size{.rows = 24, .columns = 80};

 private:
  void look() {
    picture = draw_whole(time_.window(), state, size, {});
    if (settle(state, picture)) picture = draw_whole(time_.window(), state, size, {});
    state.top = picture.top;
    state.reveal = false;
  }

  StillTime time_;
};

TEST(Keys, TheCursorStaysOnAProcessThatMovesInTheOrder) {
  views::Scene scene = small_host();
  User user(scene.frame());
  user.press("down down");
  ASSERT_EQ(user.under_cursor(), 31);
  scene.delta.processes[1].cpu_percent = 99.0;
  user.host_is_now(scene.frame());
  EXPECT_EQ(user.under_cursor(), 31);
}

TEST(Keys, APidThatWasReusedIsNotTheRowUnderTheCursor) {
  views::Scene scene = small_host();
  User user(scene.frame());
  user.press("down");
  ASSERT_EQ(user.under_cursor(), 30);
  scene.snapshot.processes[2].id.start_ticks = 5000;
  user.host_is_now(scene.frame());
  EXPECT_FALSE(position_of(user.state.selected, user.picture.rows).has_value());
}

TEST(Keys, WhenTheRowIsGoneTheNextKeyBeginsWhereItWas) {
  views::Scene scene = small_host();
  User user(scene.frame());
  user.press("down down down");
  ASSERT_EQ(user.under_cursor(), 20);
  views::Scene without;
  without.snapshot.host.name = "node7";
  without.process(1, 0, "init");
  without.process(30, 1, "python3");
  user.host_is_now(without.frame());
  user.press("down");
  EXPECT_EQ(user.under_cursor(), 30);
}

TEST(Keys, ASearchMovesTheCursorAndEscapeForgetsIt) {
  User user(small_host().frame());
  user.press("/ w o r k");
  EXPECT_EQ(user.under_cursor(), 31);
  EXPECT_NE(user.screen().find("Search: work"), std::string::npos);
  user.press("Enter Esc");
  EXPECT_TRUE(user.state.search.empty());
  EXPECT_EQ(user.under_cursor(), 31);
}

TEST(Keys, ASearchThatFindsNothingSaysSoAndTheCursorGoesBack) {
  User user(small_host().frame());
  user.press("down / w o r k");
  EXPECT_EQ(user.under_cursor(), 31);
  user.press("x");
  EXPECT_EQ(user.under_cursor(), 30);
  user.press("Enter");
  EXPECT_NE(user.screen().find("no row here has \"workx\""), std::string::npos);
  user.press("n");
  EXPECT_NE(user.screen().find("no row here has \"workx\""), std::string::npos);
}

TEST(Keys, ASearchFindsRunsWhereTheyAreShown) {
  User user(small_host().frame());
  user.press("1 / r e s n Enter");
  EXPECT_EQ(user.state.selected, RowKey::of_run("resnet"));
}

TEST(Keys, WhatTheFilterHidesIsUnderNoCursor) {
  User user(small_host().frame());
  user.press("down");
  ASSERT_EQ(user.under_cursor(), 30);
  user.press("\\ b a s h Enter");
  for (const char* key : {"k", "X", "l", "A", "c"}) {
    user.press(key);
    EXPECT_EQ(user.wishes.back(), Wish::none) << key;
    EXPECT_EQ(user.state.mode, Mode::normal) << key;
  }
  user.press("Space");
  EXPECT_TRUE(user.state.tagged.empty());
}

TEST(Keys, OnTheScreenOfARunWithoutACursorTheRunIsMeant) {
  User user(small_host().frame());
  user.state.run = "resnet";
  user.press("2 X");
  EXPECT_EQ(user.wishes.back(), Wish::plan);
  EXPECT_EQ(user.state.order.rows, std::vector{RowKey::of_run("resnet")});
}

TEST(Keys, AFilterLeavesOnlyWhatHasItAndIsSaidToBeThere) {
  User user(small_host().frame());
  user.press("\\ B A S H Enter");
  EXPECT_EQ(user.picture.rows, std::vector{RowKey::of({20, 1000})});
  EXPECT_NE(user.screen().find("filter BASH"), std::string::npos);
  user.press("Esc");
  EXPECT_EQ(user.picture.rows.size(), 4U);
}

TEST(Keys, TypedTextIsNoCommand) {
  User user(small_host().frame());
  user.press("/ q");
  EXPECT_FALSE(user.state.quit);
  user.press("Esc q");
  EXPECT_TRUE(user.state.quit);
}

TEST(Keys, ATreeHasRunsFoldedUntilTheyAreOpened) {
  User user(small_host().frame());
  user.press("t");
  EXPECT_EQ(user.screen().find("train.py"), std::string::npos);
  EXPECT_NE(user.screen().find("resnet (running, 2 processes)"), std::string::npos);
  user.press("Home +");
  EXPECT_NE(user.screen().find("train.py"), std::string::npos);
  user.press("-");
  EXPECT_EQ(user.screen().find("train.py"), std::string::npos);
}

TEST(Keys, AnUnknownScreenIsNotJumpedToAndTheKnownOnesAreNamed) {
  User user(small_host().frame());
  user.press(": x Enter");
  EXPECT_EQ(user.state.screen, ScreenId::processes);
  EXPECT_NE(user.state.message.find("overview"), std::string::npos);
  user.press(": o v Enter");
  EXPECT_EQ(user.state.screen, ScreenId::overview);
}

TEST(Keys, ArrowsGoThroughTimeAndEndIsTheWayBackToNow) {
  User user(small_host().frame());
  user.state.oldest = 3;
  user.state.newest = 20;
  user.press("left left");
  EXPECT_EQ(user.state.at, 18U);
  user.press(", ,");
  EXPECT_EQ(user.state.at, 3U);
  user.press("left");
  EXPECT_EQ(user.state.at, 3U);
  EXPECT_EQ(user.state.message, "nothing older is kept");
  user.press("End");
  EXPECT_FALSE(user.state.at);
  user.press("left right");
  EXPECT_FALSE(user.state.at);
}

const Plan possible_plan{.lines = {"30  signal TERM"}, .possible = true};

TEST(Keys, ASignalIsSentOnlyOnceItsPlanIsSeenAndConfirmed) {
  User user(small_host().frame());
  user.press("down k U S R 1 Enter");
  EXPECT_EQ(user.wishes.back(), Wish::plan);
  EXPECT_EQ(user.state.order.value, SIGUSR1);
  user.press("y");
  EXPECT_EQ(user.wishes.back(), Wish::none);  // the plan is on its way
  user.state.plan = possible_plan;
  user.press("y");
  EXPECT_EQ(user.wishes.back(), Wish::perform);
  EXPECT_EQ(user.state.order.rows, std::vector{RowKey::of({30, 1000})});
}

TEST(Keys, EnterConfirmsNothingAndNeitherDoesAPlanThatIsImpossible) {
  User user(small_host().frame());
  user.press("down X");
  user.state.plan = possible_plan;
  user.press("Enter");
  EXPECT_EQ(user.wishes.back(), Wish::none);
  EXPECT_EQ(user.state.mode, Mode::normal);
  user.press("X");
  user.state.plan = Plan{.lines = {"process 30 has ended meanwhile"}, .possible = false};
  user.press("y");
  EXPECT_EQ(user.wishes.back(), Wish::none);
}

TEST(Keys, TheOrderStaysWithItsProcessWhateverHappensBehindTheQuestion) {
  views::Scene scene = small_host();
  User user(scene.frame());
  user.press("down p");
  scene.delta.processes[1].cpu_percent = 99.0;
  user.host_is_now(scene.frame());
  user.state.plan = possible_plan;
  user.press("y");
  EXPECT_EQ(user.state.order.rows, std::vector{RowKey::of({30, 1000})});
}

TEST(Keys, NothingOfThePastAndNothingReadOnlyIsActedOn) {
  User user(small_host().frame());
  user.state.newest = 5;
  user.press("down left k");
  EXPECT_EQ(user.state.mode, Mode::normal);
  EXPECT_NE(user.state.message.find("past"), std::string::npos);
  user.press("End");
  user.state.read_only = true;
  user.press("X");
  EXPECT_EQ(user.state.mode, Mode::normal);
}

TEST(Keys, TaggedProcessesAreHitInsteadOfTheOneUnderTheCursor) {
  User user(small_host().frame());
  user.press("down Space Space p");
  EXPECT_EQ(user.state.order.rows, (std::vector{RowKey::of({30, 1000}), RowKey::of({31, 1000})}));
}

TEST(Keys, AWrongSignalIsSaidToBeNone) {
  User user(small_host().frame());
  user.press("down k N O Enter");
  EXPECT_EQ(user.state.mode, Mode::value);
  EXPECT_NE(user.screen().find("not a signal"), std::string::npos) << user.screen();
}

TEST(Keys, BackspaceTakesAWholeCharacter) {
  User user(small_host().frame());
  user.press("/ é Backspace");
  EXPECT_EQ(user.state.input, "");
}

TEST(Keys, EachKeyIsBoundOnceAndHasItsHelp) {
  std::set<std::string> seen;
  for (const Binding& binding : bindings()) {
    EXPECT_FALSE(binding.help.empty());
    std::string_view keys = binding.keys;
    while (!keys.empty()) {
      const std::size_t end = std::min(keys.find(' '), keys.size());
      const std::string name(keys.substr(0, end));
      EXPECT_TRUE(seen.insert(name).second) << name;
      EXPECT_EQ(name_of(key_named(name)), name);
      keys.remove_prefix(std::min(end + 1, keys.size()));
    }
  }
  for (const ScreenView& screen : screens()) EXPECT_FALSE(seen.contains(std::string(1, screen.key)));
}

TEST(Keys, ATimeIsTypedAndLeftToTheOneWhoKnowsWhatIsKept) {
  User user(small_host().frame());
  user.press("g 0 3 : 1 2");
  EXPECT_NE(user.screen().find("03:12"), std::string::npos);
  user.press("Enter");
  EXPECT_EQ(user.wishes.back(), Wish::go_to);
  EXPECT_EQ(user.state.input, "03:12");
  user.press("g Enter");
  EXPECT_EQ(user.wishes.back(), Wish::none);
}

TEST(Keys, TheNiceValueIsRaisedAndLoweredByOneAfterTheQuestion) {
  User user(small_host().frame());
  for (const auto& [key, by] : {std::pair{"F8", 1}, {"]", 1}, {"F7", -1}, {"[", -1}}) {
    user.press("down");
    user.press(key);
    EXPECT_EQ(user.wishes.back(), Wish::plan);
    EXPECT_EQ(user.state.order.deed, Deed::renice);
    EXPECT_TRUE(user.state.order.relative);
    EXPECT_EQ(user.state.order.value, by);
    user.press("x");
  }
  user.press("R 5 Enter");
  EXPECT_FALSE(user.state.order.relative);
  EXPECT_EQ(user.state.order.value, 5);
}

TEST(Keys, WhatWouldBeLostIsAskedAboutBeforeTheEnd) {
  User user(small_host().frame());
  user.state.under_way = {"the stop of python3-4711: what is left in 30 s would not be killed"};
  user.press("q");
  EXPECT_FALSE(user.state.quit);
  EXPECT_NE(user.screen().find("python3-4711"), std::string::npos);
  user.press("n");
  EXPECT_EQ(user.state.mode, Mode::normal);
  EXPECT_FALSE(user.state.quit);
  user.press("q y");
  EXPECT_TRUE(user.state.quit);
}

}  // namespace
}  // namespace vigie::tui
