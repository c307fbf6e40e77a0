#include "lab/exercise.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace vigie::lab {
namespace {

const Exercise& number(int wanted) {
  return exercises()[static_cast<std::size_t>(wanted - 1)];
}

/// Every actor of the scene alive and at work.
Sight sight_of(const Exercise& exercise, Memory& memory) {
  Sight sight;
  pid_t pid = 100;
  for (const Actor& actor : exercise.scene(memory, 0)) {
    sight.actors.push_back({.name = actor.name, .main = {.id = {++pid, 1}, .state = 'S'}, .threads = {{0, 0}, {0, 0}}});
  }
  return sight;
}

ActorSight& actor(Sight& sight, const std::string& name) {
  return *std::ranges::find(sight.actors, name, &ActorSight::name);
}

std::vector<bool> done(const Verdict& verdict) {
  std::vector<bool> each;
  for (const Step& step : verdict.steps) each.push_back(step.done);
  return each;
}

TEST(Exercises, AreNumberedAndSpeakOfWhatTheyKnow) {
  int expected = 0;
  for (const Exercise& exercise : exercises()) {
    EXPECT_EQ(exercise.number, ++expected);
    EXPECT_FALSE(exercise.task.empty() || exercise.explanation.empty());
  }
  EXPECT_EQ(filled("kill {pid.a}, {b}", {{"pid.a", "7"}}), "kill 7, <b>");
  EXPECT_EQ(filled("{unclosed", {}), "{unclosed");
}

TEST(Explore, EveryOrderOfTheThreeIsDrawn) {
  std::set<std::string> orders;
  for (unsigned lot = 0; lot < 6; ++lot) {
    Memory memory;
    const std::vector<Actor> actors = number(1).scene(memory, lot);
    std::string order;
    std::set<std::string> riddles;
    for (const Actor& one : actors) {
      order += one.riddle[0];
      riddles.insert(one.riddle);
    }
    EXPECT_EQ(riddles.size(), 3U);
    orders.insert(order);
  }
  EXPECT_EQ(orders.size(), 6U);
}

TEST(Explore, IsReadyWithTheMemoryAndDoneWithEachOfTheThreeAsItShouldBe) {
  Memory memory;
  Sight sight = sight_of(number(1), memory);
  ActorSight& large = actor(sight, memory["large"]);
  large.main.rss_bytes = std::uint64_t{140} << 20;
  EXPECT_FALSE(number(1).ready(sight, memory));
  ++large.main.rss_bytes;
  EXPECT_TRUE(number(1).ready(sight, memory));
  large.main.rss_bytes = 0;
  large.over = true;
  EXPECT_TRUE(number(1).ready(sight, memory)) << "its user ended it meanwhile, and is told so";
  large.over = false;
  large.main.state = 'T';
  actor(sight, memory["busy"]).over = true;
  EXPECT_EQ(done(number(1).check(sight, memory)), (std::vector<bool>{true, true, true}));
}

TEST(Explore, AFrozenWrongOneIsNoSolutionAndAnEndedOneIsAMishap) {
  Memory memory;
  Sight sight = sight_of(number(1), memory);
  actor(sight, memory["many"]).main.state = 'T';
  EXPECT_EQ(done(number(1).check(sight, memory)), (std::vector<bool>{false, false, false}));
  actor(sight, memory["many"]).over = true;
  EXPECT_FALSE(number(1).check(sight, memory).mishap.empty());
  EXPECT_FALSE(number(1).check(sight, memory).done());
}

TEST(Peaks, TheWorkerIsTheOneThatWasSeenToPeak) {
  Memory memory;
  Sight sight = sight_of(number(2), memory);
  ActorSight& run = actor(sight, "lab-2-train");
  for (pid_t pid = 201; pid <= 203; ++pid) run.children.push_back({.id = {pid, 1}, .state = 'S', .rss_bytes = 5 << 20});
  EXPECT_FALSE(number(2).ready(sight, memory));
  run.children[1].rss_bytes = 200 << 20;
  EXPECT_TRUE(number(2).ready(sight, memory));
  run.children[0].state = 'T';
  EXPECT_EQ(done(number(2).check(sight, memory)), (std::vector<bool>{false, false}));
  run.children[0].state = 'S';
  run.children[1].state = 'T';
  sight.seconds = 6;
  Verdict verdict = number(2).check(sight, memory);  // what comes of it is still to be seen
  EXPECT_EQ(done(verdict), (std::vector<bool>{true, true, false}));
  EXPECT_TRUE(verdict.takes_time);
  EXPECT_FALSE(number(2).check(sight, memory).done());
  EXPECT_TRUE(number(2).check(sight, memory).done());
  run.main.state = 'T';
  EXPECT_FALSE(number(2).check(sight, memory).done());
}

TEST(Peaks, TheEndOfAnotherWorkerIsAMishapAndThatOfTheWorkerIsNone) {
  Memory memory{{"worker", "202"}};
  Sight sight = sight_of(number(2), memory);
  ActorSight& run = actor(sight, "lab-2-train");
  run.children = {{.id = {201, 1}, .state = 'S'}, {.id = {203, 1}, .state = 'S'}};
  EXPECT_EQ(number(2).check(sight, memory).mishap, "");
  run.children = {{.id = {201, 1}, .state = 'S'}, {.id = {202, 1}, .state = 'T'}};
  EXPECT_EQ(number(2).check(sight, memory).mishap, "a worker has ended that made no peaks");
}

TEST(SeenFor, TheWholeTimeIsEnough) {
  Memory memory;
  Sight sight;
  sight.seconds = 5;
  EXPECT_FALSE(seen_for(sight, memory, "quiet", true, 10));
  EXPECT_FALSE(seen_for(sight, memory, "quiet", true, 10));
  EXPECT_TRUE(seen_for(sight, memory, "quiet", true, 10));
  EXPECT_FALSE(seen_for(sight, memory, "quiet", false, 10));
  EXPECT_FALSE(seen_for(sight, memory, "quiet", true, 10)) << "it begins anew";
}

TEST(Monitoring, TimeThatWasNotSeenDoesNotCount) {
  Memory memory;
  Sight sight = sight_of(number(3), memory);
  sight.strangers = {{.id = {300, 1}, .arguments = {"vigie", "check", "-w"}, .state = 'S'}};
  EXPECT_FALSE(number(3).check(sight, memory).done());  // the first look: seconds are 0
  sight.seconds = 1.5;
  EXPECT_FALSE(number(3).check(sight, memory).done());
  sight.strangers[0].state = 'T';
  EXPECT_FALSE(number(3).check(sight, memory).done());
  sight.strangers[0].state = 'S';
  EXPECT_TRUE(number(3).check(sight, memory).done());
}

TEST(Priorities, EveryThreadCounts) {
  Memory memory;
  Sight sight = sight_of(number(4), memory);
  constexpr int idle = 3 << 13, lowest = (2 << 13) | 7, usual = (2 << 13) | 4;
  actor(sight, "lab-4-batch").threads = {{10, 0}, {0, 0}};
  actor(sight, "lab-4-copy").threads = {{0, idle}, {0, usual}};
  EXPECT_EQ(done(number(4).check(sight, memory)), (std::vector<bool>{false, false, true}));
  actor(sight, "lab-4-copy").threads = {{0, idle}, {0, lowest}};
  EXPECT_TRUE(number(4).check(sight, memory).steps[1].done);
  actor(sight, "lab-4-copy").threads = {{0, idle}, {0, Presence::denied}};
  EXPECT_FALSE(number(4).check(sight, memory).steps[1].done);
}

TEST(Priorities, BothThatUseTheCpuShareOne) {
  Memory memory;
  const std::vector<Actor> actors = number(4).scene(memory, 0);
  EXPECT_EQ(std::ranges::count(actors, true, &Actor::on_one_cpu), 2) << "else a priority would change nothing";
}

TEST(Priorities, TheShareIsMeasuredAfterTheChange) {
  Memory memory;
  Sight sight = sight_of(number(4), memory);
  EXPECT_FALSE(number(4).ready(sight, memory));
  actor(sight, "lab-4-train").main.cpu_ticks = actor(sight, "lab-4-batch").main.cpu_ticks = 50;
  EXPECT_TRUE(number(4).ready(sight, memory));
  EXPECT_EQ(memory["before"], "50%");
  actor(sight, "lab-4-batch").threads = {{10, 0}};
  actor(sight, "lab-4-copy").threads = {{0, 3 << 13}};
  actor(sight, "lab-4-train").cpu_wait_ns = 40'000'000;
  EXPECT_FALSE(number(4).check(sight, memory).done());
  actor(sight, "lab-4-train").main.cpu_ticks = 140;
  actor(sight, "lab-4-batch").main.cpu_ticks = 60;
  actor(sight, "lab-4-train").cpu_wait_ns = 140'000'000;
  sight.seconds = 6;
  EXPECT_FALSE(number(4).check(sight, memory).done());
  EXPECT_TRUE(number(4).check(sight, memory).done());
  EXPECT_EQ(memory["after"], "90%");
  EXPECT_EQ(memory["after.latency"], "100 ms");
}

TEST(Session, IsLeftToItselfForAWhile) {
  Memory memory;
  Sight sight = sight_of(number(7), memory);
  sight.sessions = {{.name = "lab-7-x", .clients = 1, .most_panes = 3}};
  sight.seconds = 6;
  EXPECT_EQ(done(number(7).check(sight, memory)), (std::vector<bool>{true, true, false}));
  EXPECT_EQ(number(7).check(sight, memory).steps[2].remark, "leave it with Ctrl-b d");
  sight.sessions[0].clients = 0;
  EXPECT_FALSE(number(7).check(sight, memory).done());
  sight.sessions[0].clients = 1;  // who comes back looks as long as it takes
  EXPECT_FALSE(number(7).check(sight, memory).done());
  sight.sessions[0].clients = 0;
  for (const bool over : {false, false, true}) EXPECT_EQ(number(7).check(sight, memory).done(), over);
}

TEST(Background, TheOrderCounts) {
  Memory memory{{"checkpoint", "/c"}};
  Sight sight;
  sight.saved = Saved{.step = 3, .pid = 400, .why = "on the way"};
  sight.strangers = {{.id = {400, 1}, .arguments = {}, .state = 'S', .foreground = true}};
  const auto look = [&] { return done(number(5).check(sight, memory)); };
  EXPECT_EQ(look(), (std::vector<bool>{false, false, false, false}));
  sight.strangers[0].foreground = false;
  EXPECT_EQ(look(), (std::vector<bool>{true, false, false, false}));
  sight.strangers[0].state = 'T';
  EXPECT_EQ(look(), (std::vector<bool>{true, true, false, false}));
  sight.strangers[0].state = 'R';
  EXPECT_EQ(look(), (std::vector<bool>{true, true, true, false}));
  sight.strangers.clear();
  sight.saved->why = "SIGTERM";
  EXPECT_EQ(look(), (std::vector<bool>{true, true, true, true}));
}

TEST(Background, EndedTooSoonBeginsAgain) {
  Memory memory{{"checkpoint", "/c"}};
  Sight sight;
  sight.saved = Saved{.step = 3, .pid = 400, .why = "on the way"};
  sight.strangers = {{.id = {400, 1}, .arguments = {}, .state = 'S'}};
  (void)number(5).check(sight, memory);
  sight.strangers.clear();
  sight.saved->why = "SIGTERM";
  const Verdict verdict = number(5).check(sight, memory);
  EXPECT_FALSE(verdict.done());
  EXPECT_EQ(verdict.steps[3].remark, "it ended before it was stopped and resumed: start it again");
  EXPECT_EQ(done(number(5).check(sight, memory)), (std::vector<bool>{false, false, false, false}));
}

TEST(Overnight, GoesOnWhereItSaved) {
  Memory memory{{"checkpoint", "/c"}};
  Sight sight = sight_of(number(8), memory);
  EXPECT_FALSE(number(8).ready(sight, memory)) << "there is no checkpoint yet";
  const pid_t first = sight.actors[0].main.id.pid;
  sight.saved = Saved{.step = 50, .pid = first, .why = "on the way"};
  sight.seconds = 1;
  ASSERT_TRUE(number(8).ready(sight, memory));
  EXPECT_EQ(done(number(8).check(sight, memory)), (std::vector<bool>{false, false}));
  sight.actors[0].over = true;
  sight.saved = Saved{.step = 77, .pid = first, .why = "SIGTERM"};
  EXPECT_EQ(done(number(8).check(sight, memory)), (std::vector<bool>{true, false}));
  sight.strangers = {{.id = {500, 1}, .arguments = {}, .state = 'S'}};
  sight.saved = Saved{.step = 50, .began_at = 50, .pid = 500, .why = "on the way"};  // from an older one
  EXPECT_FALSE(number(8).check(sight, memory).done());
  sight.saved = Saved{.step = 90, .began_at = 77, .pid = 500, .why = "on the way"};
  EXPECT_TRUE(number(8).check(sight, memory).done());
}

TEST(Overnight, StartedAgainBeforeAnybodyLooked) {
  Memory memory{{"checkpoint", "/c"}};
  Sight sight = sight_of(number(8), memory);
  const pid_t first = sight.actors[0].main.id.pid;
  sight.seconds = 1;
  sight.saved = Saved{.step = 50, .pid = first, .why = "on the way"};
  ASSERT_TRUE(number(8).ready(sight, memory));
  sight.actors[0].over = true;
  sight.strangers = {{.id = {500, 1}, .arguments = {}, .state = 'S'}};
  sight.saved = Saved{.step = 77, .began_at = 77, .pid = 500, .why = "on the way", .before_pid = first};
  sight.saved->before_why = "on the way";  // after a SIGKILL
  EXPECT_FALSE(number(8).check(sight, memory).done());
  sight.saved->before_why = "SIGTERM";
  EXPECT_TRUE(number(8).check(sight, memory).done());
}

TEST(Overnight, KilledIsAMishap) {
  Memory memory{{"checkpoint", "/c"}};
  Sight sight = sight_of(number(8), memory);
  sight.saved = Saved{.step = 50, .pid = sight.actors[0].main.id.pid, .why = "on the way"};
  sight.seconds = 1;
  ASSERT_TRUE(number(8).ready(sight, memory));
  sight.actors[0].over = true;
  EXPECT_EQ(number(8).check(sight, memory).mishap,
            "it ended without saving its last step: what came after step 50 is lost");
}

}  // namespace
}  // namespace vigie::lab
