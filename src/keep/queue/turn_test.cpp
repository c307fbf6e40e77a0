#include "keep/queue/turn.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace vigie::keep {
namespace {

RunRecord run(const std::string& id, RunState state) {
  RunRecord record;
  record.id = record.name = id;
  record.state = state;
  record.created_wall_ns = static_cast<unsigned char>(id[0]);
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
  for (const RunState end :
       {RunState::exited, RunState::failed, RunState::cancelled, RunState::killed, RunState::lost}) {
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

TEST(Turn, ARunOfAnotherMachineTakesNoPlaceHereButIsWaitedFor) {
  std::vector<RunRecord> all{run("a", RunState::running), run("b", RunState::queued)};
  all[0].place = {.host = "node7", .boot_id = "x"};
  all[1].place = {.host = "node1", .boot_id = "y"};
  all[1].spec.policy.queue.max_parallel = 1;
  EXPECT_TRUE(turn_of(all[1], all, all_alive, 0).now);
  all[1].spec.policy.queue.after = {"a"};
  EXPECT_EQ(turn_of(all[1], all, all_alive, 0).waits_for, "run a to end");
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

GpuPool pool(const std::string& free_or_not) {
  GpuPool made;
  for (std::size_t at = 0; at < free_or_not.size(); ++at)
    made.gpus.push_back(
        {.uuid = "GPU-" + std::to_string(at), .free = free_or_not[at] == '+', .index = static_cast<unsigned>(at)});
  return made;
}

RunRecord wants_gpus(const std::string& id, RunState state, unsigned count) {
  RunRecord record = run(id, state);
  record.spec.policy.queue.gpus.count = count;
  return record;
}

using Uuids = std::vector<std::string>;

TEST(Turn, GpusAreThoseThatNobodyUsesAndNobodyWasPromised) {
  std::vector<RunRecord> all{run("a", RunState::running), wants_gpus("b", RunState::queued, 2)};
  EXPECT_TRUE(must_wait(all[1]));
  all[0].gpus = {"GPU-0"};
  const Turn turn = turn_of(all[1], all, all_alive, 0, pool("++-+"));
  EXPECT_TRUE(turn.now);
  EXPECT_EQ(turn.gpus, (Uuids{"GPU-1", "GPU-3"}));
  all[0].gpus = {"GPU-0", "GPU-1"};
  const Turn later = turn_of(all[1], all, all_alive, 0, pool("++-+"));
  EXPECT_FALSE(later.now);
  EXPECT_TRUE(later.for_gpus);
  EXPECT_EQ(later.waits_for, "2 GPUs (1 of 4 free)");
  all[0].state = RunState::exited;
  EXPECT_EQ(turn_of(all[1], all, all_alive, 0, pool("++-+")).gpus, (Uuids{"GPU-0", "GPU-1"}))
      << "what was promised to a run is free when it is over";
}

TEST(Turn, ARunThatWantsManyGpusIsNotOvertaken) {
  std::vector<RunRecord> all{wants_gpus("a", RunState::queued, 3), wants_gpus("b", RunState::queued, 1)};
  EXPECT_FALSE(turn_of(all[0], all, all_alive, 0, pool("++-")).now);
  EXPECT_FALSE(turn_of(all[1], all, all_alive, 0, pool("++-")).now);
  EXPECT_EQ(turn_of(all[1], all, all_alive, 0, pool("++-")).waits_for, "1 GPU (2 of 3 free, for a)");
  EXPECT_TRUE(turn_of(all[1], all, all_alive, 0, pool("++++")).now) << "there is one left over";
  all[0].not_before_wall_ns = 100;
  EXPECT_TRUE(turn_of(all[1], all, all_alive, 50, pool("++-")).now) << "it cannot start yet, whatever is free";
}

TEST(Turn, CertainGpusAreWaitedFor) {
  std::vector<RunRecord> all{wants_gpus("a", RunState::queued, 1)};
  all[0].spec.policy.queue.gpus.uuids = {"GPU-1"};
  EXPECT_EQ(turn_of(all[0], all, all_alive, 0, pool("+-+")).waits_for, "GPU 1 to be free");
  EXPECT_EQ(turn_of(all[0], all, all_alive, 0, pool("-+-")).gpus, (Uuids{"GPU-1"}));
  EXPECT_TRUE(turn_of(all[0], all, all_alive, 0, pool("+")).never) << "it is gone";
}

TEST(Turn, ADriverThatDoesNotAnswerIsWaitedForAndTooFewGpusAreNot) {
  std::vector<RunRecord> all{wants_gpus("a", RunState::queued, 2)};
  GpuPool silent;
  silent.problem = "the driver does not answer";
  const Turn turn = turn_of(all[0], all, all_alive, 0, silent);
  EXPECT_FALSE(turn.never);
  EXPECT_TRUE(turn.for_gpus);
  EXPECT_EQ(turn.waits_for, "2 GPUs: the driver does not answer");
  EXPECT_TRUE(turn_of(all[0], all, all_alive, 0, pool("+")).never);
}

}  // namespace
}  // namespace vigie::keep
