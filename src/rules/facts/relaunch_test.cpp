#include "rules/facts/relaunch.hpp"

#include <gtest/gtest.h>

namespace vigie::rules {
namespace {

SupervisedSample run(std::string name, std::int64_t created, std::vector<std::string> command, double rate) {
  SupervisedSample sample;
  sample.record.id = sample.record.name = std::move(name);
  sample.record.created_wall_ns = created;
  sample.record.spec.command = std::move(command);
  sample.record.spec.cwd = "/home/me";
  Progress progress;
  progress.measured_rate_per_second = rate;
  sample.progress = progress;
  return sample;
}

Run view_of(const SupervisedSample& sample) {
  Run run;
  run.id = run.name = sample.record.id;
  run.progress = sample.progress;
  return run;
}

TEST(Relaunch, TellsWhatChangedAndWhatItDid) {
  Snapshot snapshot;
  snapshot.supervised = {run("old", 1, {"python3", "train.py", "--workers", "1", "--amp"}, 2),
                         run("other", 2, {"python3", "evaluate.py"}, 9),
                         run("new", 3, {"python3", "train.py", "--workers=4"}, 5)};
  snapshot.supervised[0].record.spec.environment = {"OMP_NUM_THREADS=1", "PWD=/a", "API_KEY=abc"};
  snapshot.supervised[2].record.spec.environment = {"OMP_NUM_THREADS=4", "PWD=/b", "API_KEY=def"};
  const auto found = relaunch_of(snapshot, view_of(snapshot.supervised[2]));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->before, "old");
  EXPECT_EQ(found->changes,
            (std::vector<std::string>{"--workers 1 → 4", "without --amp", "API_KEY changed", "OMP_NUM_THREADS 1 → 4"}));
  EXPECT_DOUBLE_EQ(found->change_percent(), 150);
}

TEST(Relaunch, NothingChangedOrNothingKnownIsNone) {
  Snapshot snapshot;
  snapshot.supervised = {run("old", 1, {"python3", "train.py"}, 2), run("new", 3, {"python3", "train.py"}, 5)};
  EXPECT_FALSE(relaunch_of(snapshot, view_of(snapshot.supervised[1])));
  snapshot.supervised[1].record.spec.command.emplace_back("--fast");
  EXPECT_TRUE(relaunch_of(snapshot, view_of(snapshot.supervised[1])));
  snapshot.supervised[0].progress = Presence::unknown;
  EXPECT_FALSE(relaunch_of(snapshot, view_of(snapshot.supervised[1])));
}

TEST(Relaunch, TwoProgramsOfOneShellAreNotCompared) {
  using Command = std::vector<std::string>;
  const auto compared = [](const Command& before, const Command& after, const char* name = "new") {
    Snapshot snapshot;
    snapshot.supervised = {run("old", 1, before, 2), run("new", 3, after, 5)};
    snapshot.supervised[0].record.name = name == std::string_view("new") ? "old" : "new";
    return relaunch_of(snapshot, view_of(snapshot.supervised[1]));
  };
  EXPECT_FALSE(compared({"sh", "-c", "cat a; exec sleep 9"}, {"sh", "-c", "cat b; exec sleep 9"}));
  EXPECT_FALSE(compared({"bash", "-lc", "python3 a.py"}, {"bash", "-lc", "python3 b.py"}));
  EXPECT_FALSE(compared({"python3", "-c", "f(1)"}, {"python3", "-c", "g(1)"}));
  EXPECT_FALSE(compared({"python3", "-m", "a"}, {"python3", "-m", "b", "--fast"}));
  EXPECT_TRUE(compared({"sh", "-c", "cat a"}, {"sh", "-c", "cat b"}, "same"));
  const auto found = compared({"sh", "-c", "cd x && python3 train.py --workers 1"},
                              {"sh", "-c", "cd x && python3 train.py --workers 4"});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->changes, (std::vector<std::string>{"--workers 1 → 4"}));
  EXPECT_TRUE(compared({"yolo", "train", "lr=1"}, {"yolo", "train", "lr=2"}));
}

TEST(Relaunch, AnotherBatchIsComparedInSamples) {
  Snapshot snapshot;
  snapshot.supervised = {run("old", 1, {"python3", "train.py", "--batch-size", "32"}, 3.35),
                         run("new", 3, {"python3", "train.py", "--batch-size=128"}, 1.305)};
  const auto found = relaunch_of(snapshot, view_of(snapshot.supervised[1]));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->unit, "samples");
  EXPECT_NEAR(found->rate_before, 107.2, 0.1);
  EXPECT_NEAR(found->rate_after, 167, 0.1);
  EXPECT_GT(found->change_percent(), 50);
}

TEST(Relaunch, WhatAStepIsIsReadInAllSpellings) {
  using Command = std::vector<std::string>;
  const std::pair<Command, Command> pairs[] = {
      {{"python3", "t.py", "data.batch_size=16"}, {"python3", "t.py", "data.batch_size=32"}},
      {{"yolo", "train", "batch=16"}, {"yolo", "train", "batch=32"}},
      {{"python3", "t.py", "-b", "16"}, {"python3", "t.py", "-b", "32"}},
      {{"torchrun", "--nproc_per_node=1", "t.py", "--bs", "16"},
       {"torchrun", "--nproc_per_node=2", "t.py", "--bs", "16"}},
      {{"python3", "t.py", "--per_device_train_batch_size", "16"},
       {"python3", "t.py", "--per_device_train_batch_size", "32"}},
  };
  for (const auto& [before, after] : pairs) {
    Snapshot snapshot;
    snapshot.supervised = {run("old", 1, before, 2), run("new", 3, after, 1)};
    const auto found = relaunch_of(snapshot, view_of(snapshot.supervised[1]));
    ASSERT_TRUE(found) << after.back();
    EXPECT_EQ(found->unit, "samples") << after.back();
    EXPECT_NEAR(found->change_percent(), 0, 1e-9) << after.back();
  }
}

TEST(Relaunch, AStepOfUnknownWorkIsNotCompared) {
  Snapshot snapshot;
  snapshot.supervised = {run("old", 1, {"python3", "train.py"}, 3),
                         run("new", 3, {"python3", "train.py", "--batch-size=128"}, 1)};
  EXPECT_FALSE(relaunch_of(snapshot, view_of(snapshot.supervised[1]))) << "the batch of before is in the program";
  snapshot.supervised[1].record.spec.command = {"python3", "train.py", "--eval-batch-size=128"};
  EXPECT_TRUE(relaunch_of(snapshot, view_of(snapshot.supervised[1])));
  snapshot.supervised[1].record.spec.command = {"python3", "train.py", "--accumulate", "4"};
  EXPECT_FALSE(relaunch_of(snapshot, view_of(snapshot.supervised[1])));
}

}  // namespace
}  // namespace vigie::rules
