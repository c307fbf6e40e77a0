#include "rules/facts/feeding.hpp"

#include <gtest/gtest.h>

#include "rules/scene_for_tests.hpp"

namespace vigie::rules {
namespace {

OpenFile channel(std::string name, bool writes, FileType type = FileType::pipe) {
  OpenFile file;
  file.type = type;
  file.path = std::move(name);
  file.readable = !writes;
  file.writable = writes;
  return file;
}

/// A program without a framework that reads a pipe, and one that writes it: `decoder | train`.
struct Piped : Scene {
  Piped() : Scene({Role::other, Role::other}) {
    for (const std::size_t each : {0, 1}) process(each).ppid = 1;
    rates(0).states = shares(0.2, 0.8, 0.2);
    rates(0).read_chars_per_second = 1e6;
    rates(0).write_chars_per_second = 0.0;
    detail(0).files = std::vector{channel("pipe:[7]", false)};
    rates(1).states = shares(1, 0, 1);
    rates(1).write_chars_per_second = 1e6;
    detail(1).files = std::vector{channel("pipe:[7]", true)};
  }
  /// "0 by 1": who is fed by whom.
  std::string fed() {
    (void)verdict();
    std::string text;
    for (const Feeding& one : feedings(Case({&frame, 1}, run()))) {
      text += fmt::format("{}{}", text.empty() ? "" : ", ", one.trainer);
      for (const std::size_t worker : one.workers) text += fmt::format(" by {}", worker);
    }
    return text;
  }
};

TEST(Feeding, ByPipesAndBySocketPairs) {
  Piped scene;
  EXPECT_EQ(scene.fed(), "0 by 1");
  for (const std::size_t i : {0U, 1U}) (*scene.detail(i).files)[0].type = FileType::socket;
  EXPECT_EQ(scene.fed(), "0 by 1");
  for (const std::size_t i : {0U, 1U}) (*scene.detail(i).files)[0].type = FileType::regular;
  EXPECT_EQ(scene.fed(), "") << "a file is read when its writer is long gone";
}

TEST(Feeding, TheEndsOfAPipeAreNotTheSame) {
  Piped both_read;
  (*both_read.detail(1).files)[0] = channel("pipe:[7]", false);
  EXPECT_EQ(both_read.fed(), "");
  Piped both_write;
  (*both_write.detail(0).files)[0] = channel("pipe:[7]", true);
  EXPECT_EQ(both_write.fed(), "");
  Piped unread;
  unread.detail(0).files = Presence::denied;
  EXPECT_EQ(unread.fed(), "");
}

TEST(Feeding, TheEdgesOfOneThatWaitsForData) {
  const auto with = [](void (*change)(Piped&)) {
    Piped scene;
    change(scene);
    return scene.fed();
  };
  EXPECT_EQ(with([](Piped& scene) { scene.rates(0).states = shares(0.2, 0.3, 0.2); }), "0 by 1");
  EXPECT_EQ(with([](Piped& scene) { scene.rates(0).states = shares(0.2, 0.29, 0.2); }), "") << "it has work";
  EXPECT_EQ(with([](Piped& scene) {
              StateShares naps = shares(0.2, 0.8, 0.2);
              naps.in_timer = 0.51;
              scene.rates(0).states = naps;
            }),
            "")
      << "it sleeps on purpose";
  EXPECT_EQ(with([](Piped& scene) { scene.rates(0).states = Presence::denied; }), "");
  EXPECT_EQ(with([](Piped& scene) { scene.rates(0).read_chars_per_second = 20e3; }), "0 by 1");
  EXPECT_EQ(with([](Piped& scene) { scene.rates(0).read_chars_per_second = 19e3; }), "") << "results are collected";
  EXPECT_EQ(with([](Piped& scene) { scene.rates(0).write_chars_per_second = 499e3; }), "0 by 1");
  EXPECT_EQ(with([](Piped& scene) { scene.rates(0).write_chars_per_second = 500e3; }), "") << "a filter";
  EXPECT_EQ(with([](Piped& scene) {
              scene.rates(0).states = shares(0.04, 0.9, 0.04);
              scene.rates(0).read_chars_per_second = 200e3;
            }),
            "0 by 1");
  EXPECT_EQ(with([](Piped& scene) {
              scene.rates(0).states = shares(0.04, 0.9, 0.04);
              scene.rates(0).read_chars_per_second = 199e3;
            }),
            "")
      << "it does nothing with what comes";
  EXPECT_EQ(with([](Piped& scene) {
              scene.rates(0).states = shares(0.05, 0.9, 0.05);
              scene.rates(0).read_chars_per_second = 199e3;
            }),
            "0 by 1");
}

TEST(Feeding, TheEdgesOfOneThatFeeds) {
  Piped scene;
  scene.rates(1).write_chars_per_second = 50e3;
  EXPECT_EQ(scene.fed(), "0 by 1") << "a twentieth of what is read";
  scene.rates(1).write_chars_per_second = 49e3;
  EXPECT_EQ(scene.fed(), "");
  for (const Role role : {Role::helper, Role::launcher}) {
    Piped other;
    other.run().members[1].role = role;
    EXPECT_EQ(other.fed(), "") << "it starts or helps";
  }
  Piped unseen;
  unseen.rates(1).states = Presence::denied;
  EXPECT_EQ(unseen.fed(), "");
  Piped parent;
  parent.process(0).ppid = 11;
  EXPECT_EQ(parent.fed(), "") << "a child that its parent gives work to";
  Piped child;
  child.process(1).ppid = 10;
  EXPECT_EQ(child.fed(), "0 by 1");
}

TEST(Feeding, TheOneWithMostFeedersIsTheTrainer) {
  Piped scene;
  for (int i = 0; i < 2; ++i) {
    const std::size_t more = scene.add(Role::other);
    scene.process(more).ppid = 1;
  }
  scene.rates(2).states = shares(0.2, 0.8, 0.2);
  scene.rates(2).read_chars_per_second = 1e6;
  scene.detail(2).files = std::vector{channel("pipe:[8]", false)};
  scene.rates(3).states = shares(1, 0, 1);
  scene.rates(3).write_chars_per_second = 1e6;
  scene.detail(3).files = std::vector{channel("pipe:[8]", true)};
  EXPECT_EQ(scene.fed(), "0 by 1") << "the first of equals";
  (*scene.detail(1).files).push_back(channel("pipe:[8]", true));
  EXPECT_EQ(scene.fed(), "2 by 1 by 3");
}

TEST(Feeding, ATrainerWithWorkersIsFedByThemAlone) {
  Piped scene;
  scene.run().members[0].role = Role::trainer;
  EXPECT_EQ(scene.fed(), "0 by 1") << "it has no workers, but a pipe";
  scene.add(Role::loader_worker);
  EXPECT_EQ(scene.fed(), "0 by 2");
}

/// A worker that was seen so, with children of its own.
std::optional<WorkerLooks> looks(const StateShares& worker, std::uint64_t child_ticks = 0) {
  Scene scene({Role::trainer, Role::loader_worker});
  scene.rates(0).states = shares(0.2, 0.8, 0.2);
  scene.rates(1).states = worker;
  Doing doing;
  doing.children_ticks = 1000;
  scene.detail(1).doing = doing;
  scene.history(1, [child_ticks](Snapshot& then, double) { (*then.details[0].doing).children_ticks -= child_ticks; });
  (void)scene.verdict();
  Snapshot before = scene.now;
  before.before.boot_ns -= nanoseconds_per_second;
  (*before.details[0].doing).children_ticks -= child_ticks;
  Frame earlier;
  earlier.snapshot = std::make_shared<const Snapshot>(before);
  earlier.view = scene.frame.view;
  const std::vector<Frame> window = {earlier, scene.frame};
  return looks_of(Case(window, scene.run()), 1);
}

TEST(WorkerLooks, WhatItsChildrenDoItDoes) {
  StateShares waits = shares(0.1, 0.8, 0.1);
  waits.in_network = 0.05;
  waits.below = 0.5;
  waits.below_running = 0.25;
  waits.below_disk = 0.125;
  waits.below_network = 0.125;
  const std::optional<WorkerLooks> seen = looks(waits);
  ASSERT_TRUE(seen);
  EXPECT_DOUBLE_EQ(seen->running, 0.1 + 1.6 * 0.25) << "its children are there in half of the looks";
  EXPECT_DOUBLE_EQ(seen->disk, 1.6 * 0.125);
  EXPECT_DOUBLE_EQ(seen->network, 0.05 + 1.6 * 0.125);
  EXPECT_NEAR(seen->asleep, 0.8 - 1.6 * 0.375, 1e-9);
}

TEST(WorkerLooks, ChildrenThatHaveEndedComputedToo) {
  const std::optional<WorkerLooks> seen = looks(shares(0.1, 0.9, 0.1), 60);
  ASSERT_TRUE(seen);
  EXPECT_DOUBLE_EQ(seen->running, 0.7) << "0.6 s of CPU in a second";
  EXPECT_NEAR(seen->asleep, 0.3, 1e-9);
  const std::optional<WorkerLooks> more = looks(shares(0.1, 0.9, 0.1), 200);
  EXPECT_DOUBLE_EQ(more->running, 1) << "no more than it waited for them";
  EXPECT_NEAR(more->asleep, 0, 1e-9);
  StateShares naps = shares(0.1, 0.9, 0.1);
  naps.in_timer = 0.5;
  EXPECT_DOUBLE_EQ(looks(naps)->asleep, 0.4) << "what it sleeps on purpose is no waiting";
  EXPECT_FALSE(looks(StateShares{}));
}

}  // namespace
}  // namespace vigie::rules
