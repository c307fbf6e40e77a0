#include "tui/top.hpp"

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <deque>

#include "base/fd.hpp"
#include "tui/picture_for_tests.hpp"

namespace vigie::tui {
namespace {

/// A bell that is always rung: nothing in these tests waits.
struct Rung {
  Fd bell = Fd(::eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC));
};

/// Presses keys one by one, a picture after each; then the terminal is closed.
class TypedDisplay final : public Display {
 public:
  explicit TypedDisplay(std::vector<std::string_view> keys) : keys_(keys.begin(), keys.end()) {}

  [[nodiscard]] Size size() const override { return {.rows = 12, .columns = 80}; }
  Result<void> show(const Grid& grid) override {
    shown.push_back(text_of(grid));
    return {};
  }
  [[nodiscard]] std::vector<pollfd> waits() const override {
    return {{.fd = rung_.bell.get(), .events = POLLIN, .revents = 0}};
  }
  [[nodiscard]] std::vector<Event> events() override {
    began_ = began_ || (!shown.empty() && shown.back().find("PID") != std::string::npos);
    if (!began_) return {};  // the first frame is on its way
    if (keys_.empty()) return {{.kind = Event::Kind::closed}};
    const Key key = key_named(keys_.front());
    keys_.pop_front();
    return {{.kind = Event::Kind::key, .key = key}};
  }

  [[nodiscard]] Result<std::string> lend(const std::vector<std::string>& words) override {
    lent.push_back(words);
    return "the program's\r\nvigie: detached from it\n";
  }

  std::vector<std::string> shown;
  std::vector<std::vector<std::string>> lent;

 private:
  Rung rung_;
  std::deque<std::string_view> keys_;
  bool began_ = false;
};

class GivenFrames final : public Frames {
 public:
  explicit GivenFrames(Result<int> frames) : frames_(std::move(frames)) {}
  [[nodiscard]] int fd() const override { return rung_.bell.get(); }
  Result<std::shared_ptr<const Frame>> take() override {
    RETURN_IF_ERROR(frames_);
    if (given_ == *frames_ || paused) return nullptr;
    views::Scene scene = small_host();
    scene.snapshot.after.wall_ns += given_++ * 60 * nanoseconds_per_second;
    scene.snapshot.before.wall_ns = scene.snapshot.after.wall_ns;
    return std::make_shared<const Frame>(scene.frame());
  }
  void pause(bool now) override { paused = now; }
  [[nodiscard]] std::string late() const override { return {}; }

  bool paused = false;

 private:
  Rung rung_;
  Result<int> frames_;
  int given_ = 0;
};

/// Counts what would have been done.
class CountedDeeds final : public Deeds {
 public:
  [[nodiscard]] int fd() const override { return rung_.bell.get(); }
  void plan(const Order& order) override {
    planned.push_back(order);
    answers_.push_back({.plan = Plan{.lines = {"30 would be hit"}, .possible = true}});
  }
  void perform(const Order& order) override {
    performed.push_back(order);
    answers_.push_back({.outcome = "it was done"});
  }
  void save(std::vector<PackedSnapshot> snapshots) override { saved.push_back(snapshots.size()); }
  [[nodiscard]] std::vector<std::string> unfinished() const override { return under_way; }
  void read(const std::vector<std::string>& words) override { answers_.push_back({.text = words.front() + " of it"}); }
  [[nodiscard]] std::optional<Answer> take() override {
    if (answers_.empty()) return {};
    Answer answer = std::move(answers_.front());
    answers_.pop_front();
    return answer;
  }

  std::vector<Order> planned, performed;
  std::vector<std::size_t> saved;
  std::vector<std::string> under_way;

 private:
  Rung rung_;
  std::deque<Answer> answers_;
};

TEST(Tops, AnOrderIsPlannedShownConfirmedAndDoneOnce) {
  TypedDisplay display({"down", "k", "Enter", "x", "k", "Enter", "y", "y"});
  GivenFrames frames(1);
  CountedDeeds deeds;
  ASSERT_TRUE(run_top(display, frames, deeds, {.screen = ScreenId::processes}));
  EXPECT_EQ(deeds.planned.size(), 2U);
  ASSERT_EQ(deeds.performed.size(), 1U);
  EXPECT_EQ(deeds.performed.front().rows, std::vector{RowKey::of({30, 1000})});
  EXPECT_TRUE(std::ranges::any_of(
      display.shown, [](const std::string& text) { return text.find("30 would be hit") != std::string::npos; }));
}

TEST(Tops, ATagOfATreeIsOneForEachProcessBelow) {
  TypedDisplay display({"down", "c", "p", "y"});
  GivenFrames frames(1);
  CountedDeeds deeds;
  ASSERT_TRUE(run_top(display, frames, deeds, {.screen = ScreenId::processes}));
  ASSERT_EQ(deeds.performed.size(), 1U);
  EXPECT_EQ(deeds.performed.front().rows, (std::vector{RowKey::of({30, 1000}), RowKey::of({31, 1000})}));
}

/// Worker 31 ends once that many pictures were shown.
class WorkerEnds final : public Frames {
 public:
  WorkerEnds(const TypedDisplay& display, std::size_t pictures) : display_(display), pictures_(pictures) {}
  [[nodiscard]] int fd() const override { return rung_.bell.get(); }
  Result<std::shared_ptr<const Frame>> take() override {
    const std::size_t due = display_.shown.size() >= pictures_ ? 2 : 1;
    if (given_ == due) return nullptr;
    ++given_;
    views::Scene scene = small_host();
    if (given_ == 2) scene.snapshot.processes[3].id.start_ticks = 5000;  // its PID is used again
    return std::make_shared<const Frame>(scene.frame());
  }
  void pause(bool) override {}
  [[nodiscard]] std::string late() const override { return {}; }

 private:
  const TypedDisplay& display_;
  std::size_t pictures_, given_ = 0;
  Rung rung_;
};

TEST(Tops, ATagEndsWithItsProcess) {
  TypedDisplay display({"down", "Space", "Space", "up", "p", "y"});
  WorkerEnds frames(display, 4);
  CountedDeeds deeds;
  ASSERT_TRUE(run_top(display, frames, deeds, {.screen = ScreenId::processes}));
  ASSERT_EQ(deeds.performed.size(), 1U);
  EXPECT_EQ(deeds.performed.front().rows, std::vector{RowKey::of({30, 1000})});
}

TEST(Tops, APageIsReadAndAnyOtherKeyGoesBack) {
  TypedDisplay display({"down", "l", "down", "x"});
  GivenFrames frames(1);
  CountedDeeds deeds;
  ASSERT_TRUE(run_top(display, frames, deeds, {.screen = ScreenId::processes}));
  EXPECT_TRUE(std::ranges::any_of(display.shown, [](const std::string& text) {
    return text.starts_with("vigie files 30") && text.find("files of it") != std::string::npos;
  }));
  EXPECT_NE(display.shown.back().find("PID"), std::string::npos);
  EXPECT_TRUE(deeds.performed.empty());
}

TEST(Tops, TheTerminalIsLentToTheRunUnderTheCursorAndItsLastWordIsKept) {
  TypedDisplay display({"down", "A"});
  GivenFrames frames(1);
  CountedDeeds deeds;
  ASSERT_TRUE(run_top(display, frames, deeds, {.screen = ScreenId::processes, .read_only = true}));
  ASSERT_EQ(display.lent.size(), 1U);
  EXPECT_EQ(display.lent.front(), (std::vector<std::string>{"/proc/self/exe", "attach", "resnet", "--read-only"}));
  EXPECT_NE(display.shown.back().find("detached from it"), std::string::npos);
  EXPECT_EQ(display.shown.back().find("vigie: detached"), std::string::npos);
}

TEST(Tops, NoTerminalIsLentToARunOfThePast) {
  TypedDisplay display({"down", "left", "A"});
  GivenFrames frames(3);
  CountedDeeds deeds;
  ASSERT_TRUE(run_top(display, frames, deeds, {.screen = ScreenId::processes}));
  EXPECT_TRUE(display.lent.empty());
}

TEST(Tops, FreezingPausesTheSampler) {
  TypedDisplay display({"Z"});
  GivenFrames frames(1);
  CountedDeeds deeds;
  ASSERT_TRUE(run_top(display, frames, deeds, {}));
  EXPECT_TRUE(frames.paused);
  EXPECT_NE(display.shown.back().find("FROZEN"), std::string::npos);
}

TEST(Tops, ThePastIsLookedAtWithoutNewFramesInIt) {
  TypedDisplay display({"left", "left", "left"});
  GivenFrames frames(3);
  CountedDeeds deeds;
  ASSERT_TRUE(run_top(display, frames, deeds, {}));
  EXPECT_NE(display.shown.back().find("PAST"), std::string::npos);
  EXPECT_NE(display.shown.back().find("nothing older is kept"), std::string::npos);
}

/// The last picture after these keys, once there are `count` frames, a minute apart.
std::string picture_after(std::vector<std::string_view> keys, int count, ViewState state = {}) {
  TypedDisplay display(std::move(keys));
  GivenFrames frames(count);
  CountedDeeds deeds;
  EXPECT_TRUE(run_top(display, frames, deeds, std::move(state)));
  return display.shown.back();
}

TEST(Tops, ATimeThatWasSeenIsGoneTo) {
  const std::string before = picture_after({"x", "left", "left"}, 5),
                    there = picture_after({"x", "g", "-", "2", "m", "Enter"}, 5);
  EXPECT_NE(there.find("PAST"), std::string::npos);
  EXPECT_EQ(there.substr(0, there.find('\n')), before.substr(0, before.find('\n')));
  EXPECT_EQ(picture_after({"x", "left", "g", "0", "s", "Enter"}, 5).find("PAST"), std::string::npos);
}

TEST(Tops, ATimeThatWasNotSeenIsAnsweredWithWhatWas) {
  const std::string text = picture_after({"x", "g", "9", "m", "Enter"}, 5);
  EXPECT_EQ(text.find("PAST"), std::string::npos);
  EXPECT_NE(text.find("cannot be shown: "), std::string::npos) << text;
  EXPECT_NE(picture_after({"x", "g", "n", "o", "Enter"}, 5).find("is not a time"), std::string::npos);
}

TEST(Tops, WhatWasSeenIsSavedAndOfAFrozenPictureItAlone) {
  TypedDisplay display({"x", "S", "Z", "S", "left", "S"});
  GivenFrames frames(5);
  CountedDeeds deeds;
  ASSERT_TRUE(run_top(display, frames, deeds, {}));
  EXPECT_EQ(deeds.saved, (std::vector<std::size_t>{5, 2, 2}));
}

TEST(Tops, AStopThatIsUnderWayIsNotLeftWithoutAQuestion) {
  TypedDisplay display({"q", "n", "q", "y", "down"});
  GivenFrames frames(1);
  CountedDeeds deeds;
  deeds.under_way = {"the stop of python3-4711"};
  ASSERT_TRUE(run_top(display, frames, deeds, {}));
  EXPECT_TRUE(std::ranges::any_of(display.shown, [](const std::string& text) {
    return text.find("would be lost") != std::string::npos && text.find("python3-4711") != std::string::npos;
  }));
}

TEST(Tops, WithoutFramesTheReasonIsTheError) {
  TypedDisplay display({});
  GivenFrames frames(fail("the proc tree cannot be listed"));
  CountedDeeds deeds;
  const Result<ViewState> ran = run_top(display, frames, deeds, {});
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().message, "the proc tree cannot be listed");
}

}  // namespace
}  // namespace vigie::tui
