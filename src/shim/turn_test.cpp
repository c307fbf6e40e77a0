#include "shim/turn.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace vigie::shim {
namespace {

RunRecord run(const std::string& id, RunState state) {
  RunRecord record;
  record.id = record.name = id;
  record.state = state;
  record.created_wall_ns = id[0];
  return record;
}

bool all_alive(const RunRecord&) {
  return true;
}

TEST(Turn, ARunWithoutConditionsNeedsNoTurn) {
  EXPECT_FALSE(must_wait(run("a", RunState::starting)));
  EXPECT_TRUE(turn_of(run("a", RunState::starting), {}, all_alive, 0).now);
}

TEST(Turn, AfterWaitsForTheEndHoweverItComes) {
  std::vector<RunRecord> all{run("a", RunState::running), run("b", RunState::queued)};
  all[1].spec.policy.queue.after = {"a"};
  EXPECT_TRUE(must_wait(all[1]));
  EXPECT_EQ(turn_of(all[1], all, all_alive, 0).waits_for, "run a to end");
  for (const RunState end : {RunState::exited, RunState::failed, RunState::killed, RunState::lost}) {
    all[0].state = end;
    EXPECT_TRUE(turn_of(all[1], all, all_alive, 0).now);
  }
  all[0].state = RunState::running;
  EXPECT_TRUE(turn_of(
                  all[1], all, [](const RunRecord& other) { return other.id != "a"; }, 0)
                  .now)
      << "its keeper is gone: it is lost, nobody will say that it ended";
}

TEST(Turn, AfterSuccessNeverComesWhenTheOtherFailed) {
  std::vector<RunRecord> all{run("a", RunState::running), run("b", RunState::queued)};
  all[1].spec.policy.queue.after_success = {"a"};
  EXPECT_FALSE(turn_of(all[1], all, all_alive, 0).now);
  all[0].state = RunState::failed;
  EXPECT_TRUE(turn_of(all[1], all, all_alive, 0).never);
  all[0].state = RunState::exited;
  EXPECT_TRUE(turn_of(all[1], all, all_alive, 0).now);
}

TEST(Turn, PlacesAreGivenInTheOrderOfMaking) {
  std::vector<RunRecord> all{run("a", RunState::running), run("b", RunState::queued), run("c", RunState::queued)};
  all[1].spec.policy.queue.max_parallel = all[2].spec.policy.queue.max_parallel = 2;
  EXPECT_TRUE(turn_of(all[1], all, all_alive, 0).now);
  EXPECT_EQ(turn_of(all[2], all, all_alive, 0).waits_for, "a place among 2");
  all[0].state = RunState::exited;
  EXPECT_TRUE(turn_of(all[2], all, all_alive, 0).now);
}

TEST(Turn, WhoCannotStartYetKeepsNoPlace) {
  std::vector<RunRecord> all{run("a", RunState::queued), run("b", RunState::queued)};
  all[0].spec.policy.queue.max_parallel = all[1].spec.policy.queue.max_parallel = 1;
  all[0].not_before_wall_ns = 100;
  EXPECT_TRUE(turn_of(all[1], all, all_alive, 50).now);
  EXPECT_EQ(turn_of(all[0], all, all_alive, 50).not_before_wall_ns, 100);
  EXPECT_FALSE(turn_of(all[1], all, all_alive, 150).now);
}

}  // namespace
}  // namespace vigie::shim
