#include "rules/facts/relaunch.hpp"

#include <gtest/gtest.h>

#include <tuple>
#include <utility>

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

RunSpec started(std::vector<std::string> command, std::vector<std::string> environment = {}) {
  RunSpec spec;
  spec.command = std::move(command);
  spec.environment = std::move(environment);
  spec.cwd = "/home/me";
  return spec;
}

/// What changed between two starts, "--lr 1 → 2; without --amp"; "not compared".
std::string changes_between(const RunSpec& before, const RunSpec& after) {
  Snapshot snapshot;
  snapshot.supervised = {run("old", 1, {}, 2), run("new", 3, {}, 5)};
  snapshot.supervised[0].record.spec = before;
  snapshot.supervised[1].record.spec = after;
  const auto found = relaunch_of(snapshot, view_of(snapshot.supervised[1]));
  if (!found) return "not compared";
  std::string text;
  for (const std::string& change : found->changes) text += (text.empty() ? "" : "; ") + change;
  return text;
}

TEST(Relaunch, OptionsAndArgumentsAreToldAsTheyWereWritten) {
  const std::string most(24, 'x');
  const std::tuple<std::vector<std::string>, std::vector<std::string>, std::string> cases[] = {
      {{"--lr", "1"}, {"--lr", "2"}, "--lr 1 → 2"},
      {{"a"}, {"b"}, "argument 2 a → b"},
      {{"--name", "x"}, {"--name", "y", "z"}, "--name x → y; with argument 2 z"},
      {{"--name=x", "z"}, {"--name", "x", "z"}, "not compared"},
      {{"--data=x"}, {"--data="}, "--data x → \"\""},
      {{}, {"--amp"}, "with --amp"},
      {{"--amp", "--lr", "3"}, {"--lr", "3"}, "without --amp"},
      {{}, {"--lr", "3"}, "with --lr 3"},
      {{"-"}, {"--x"}, "with --x; without argument 2"},
      {{"--n", "1"}, {"--n", most}, "--n 1 → " + most},
      {{"--n", "1"}, {"--n", most + "x"}, "--n 1 → …"},
      {{"--batch-size"}, {"--lr", "2"}, "with --lr 2; without --batch-size"},
  };
  for (const auto& [before, after, changes] : cases) {
    RunSpec first = started({"python3", "t.py"}), second = first;
    first.command.insert(first.command.end(), before.begin(), before.end());
    second.command.insert(second.command.end(), after.begin(), after.end());
    EXPECT_EQ(changes_between(first, second), changes);
  }
}

TEST(Relaunch, VariablesWithoutSecretsAndWithoutWhatEachSessionSets) {
  const std::vector<std::string> command = {"python3", "t.py"};
  const auto changes = [&](std::vector<std::string> before, std::vector<std::string> after) {
    return changes_between(started(command, std::move(before)), started(command, std::move(after)));
  };
  EXPECT_EQ(changes({"A=1", "B=x"}, {"A=2", "C="}), "A 1 → 2; C unset → \"\"; B unset");
  EXPECT_EQ(changes({}, {"HF_TOKEN=abc"}), "HF_TOKEN changed");
  EXPECT_EQ(changes({"WANDB_KEY=abc"}, {"A=1"}), "A unset → 1; WANDB_KEY unset");
  EXPECT_EQ(changes({"SSH_TTY=1", "TERM=a", "TMUX=1", "broken"}, {"SHLVL=2", "VIGIE_ID=3", "MAIL=4"}), "not compared");
  EXPECT_EQ(changes({"BATCH_SIZE=16"}, {"BATCH_SIZE=32"}), "BATCH_SIZE 16 → 32");
  EXPECT_EQ(changes({"B=x"}, {"B=y", "=5"}), " unset → 5; B x → y") << "a name of one letter is no batch";
}

TEST(Relaunch, WhatTheProgramIs) {
  const auto compared = [](std::vector<std::string> before, std::vector<std::string> after) {
    return changes_between(started(std::move(before)), started(std::move(after)));
  };
  EXPECT_EQ(compared({"./train.py", "--x"}, {"train.py"}), "without --x");
  EXPECT_EQ(compared({"sh", "-c", ". a.sh; python3 t.py --x 1"}, {"sh", "-c", ". b.sh; python3 t.py --x 2"}),
            "--x 1 → 2; argument 1 a.sh → b.sh");
  EXPECT_EQ(compared({"sh", "run.sh"}, {"sh", "run.sh", "--x"}), "with --x");
  EXPECT_EQ(compared({"sh", "-x", "run.sh"}, {"sh", "run.sh"}), "with argument 1 run.sh; without -x");
  EXPECT_EQ(compared({"python3", "-m", "a", "--lr", "1"}, {"python3", "-m", "a", "--lr", "2"}), "--lr 1 → 2");
  EXPECT_EQ(compared({"python3", "-c", "f()"}, {"python3", "-c", "f()", "--x"}), "with --x");
  EXPECT_EQ(compared({"/opt/yolo", "train"}, {"yolo", "train", "--x"}), "with --x");
  EXPECT_EQ(compared({"bash"}, {"bash", "--x"}), "not compared") << "a shell that is typed into is no program";
  EXPECT_EQ(compared({"python3", "-c"}, {"python3"}), "not compared");
  EXPECT_EQ(compared({"python3", "-m"}, {"python3", "--x"}), "not compared");
  EXPECT_EQ(compared({}, {}), "not compared");
}

TEST(Relaunch, TheLatestStartBeforeInTheSameDirectoryIsTheOne) {
  const std::vector<std::string> slow = {"python3", "t.py"}, fast = {"python3", "t.py", "--fast"};
  Snapshot snapshot;
  snapshot.supervised = {run("older", 1, slow, 2), run("old", 2, slow, 4), run("new", 3, fast, 5),
                         run("newer", 3, slow, 9)};
  const auto found = [&] { return relaunch_of(snapshot, view_of(snapshot.supervised[2])); };
  EXPECT_EQ(found()->before, "old") << "what began with it or later is none before it";
  std::swap(snapshot.supervised[0], snapshot.supervised[1]);
  EXPECT_EQ(found()->before, "old");
  snapshot.supervised[0].progress = Presence::unknown;
  EXPECT_EQ(found()->before, "older") << "of the other no rate is known";
  snapshot.supervised[1].record.spec.cwd = "/elsewhere";
  EXPECT_FALSE(found());
  snapshot.supervised[1].record.name = "new";
  EXPECT_FALSE(found()) << "the same name in another directory";
}

TEST(Relaunch, RatesThatSayNothing) {
  Snapshot snapshot;
  snapshot.supervised = {run("old", 1, {"python3", "t.py"}, 2), run("new", 3, {"python3", "t.py", "--x"}, 5)};
  const auto found = [&] { return relaunch_of(snapshot, view_of(snapshot.supervised[1])); };
  Progress& before = *snapshot.supervised[0].progress;
  before.measured_rate_per_second = 0;
  EXPECT_FALSE(found()) << "nothing is a multiple of a run that stood still";
  before.measured_rate_per_second = 2;
  before.unit = "img";
  EXPECT_FALSE(found()) << "one counts steps, the other images";
  (*snapshot.supervised[1].progress).unit = "img";
  ASSERT_TRUE(found());
  EXPECT_EQ(found()->unit, "img");
  snapshot.supervised[1].record.spec.command.emplace_back("--batch-size=9");
  EXPECT_DOUBLE_EQ(found()->rate_after, 5) << "an image is an image";
  (*snapshot.supervised[1].progress).measured_rate_per_second.reset();
  EXPECT_FALSE(found());
}

TEST(Relaunch, LimitsThatVigieSetAreChangesToo) {
  RunSpec before = started({"python3", "t.py"}), after = before;
  after.start.memory_bytes = 1 << 30;
  EXPECT_EQ(changes_between(before, after), "another --memory");
  after.start.cpus = "0-3";
  EXPECT_EQ(changes_between(before, after), "other --cpus; another --memory");
}

TEST(Relaunch, AStepIsTheBatchOfEachProcess) {
  /// Samples a second before and after, of two and five steps; 0 where they are not compared.
  const auto samples = [](std::vector<std::string> before, std::vector<std::string> after) {
    Snapshot snapshot;
    snapshot.supervised = {run("old", 1, std::move(before), 2), run("new", 3, std::move(after), 5)};
    const auto found = relaunch_of(snapshot, view_of(snapshot.supervised[1]));
    return found ? std::pair(found->rate_before, found->rate_after) : std::pair(0.0, 0.0);
  };
  using Rates = std::pair<double, double>;
  EXPECT_EQ(samples({"torchrun", "t.py", "--nnodes", "2", "--nproc-per-node", "4", "--bs=8"},
                    {"torchrun", "t.py", "--nnodes", "1", "--nproc-per-node", "4", "--bs=8"}),
            Rates(2 * 64, 5 * 32));
  EXPECT_EQ(samples({"p", "--bs", "8"}, {"p", "--bs", "0"}), Rates(0, 0)) << "0 stands for: find out";
  EXPECT_EQ(samples({"p", "--bs", "8"}, {"p", "--bs", "8", "--val_bs", "16", "--test-batch-size", "4"}), Rates(2, 5));
  EXPECT_EQ(samples({"p", "--bs", "8"}, {"p", "--bs", "8", "--interval-batch-size", "4"}), Rates(2 * 8, 5 * 4));
  EXPECT_EQ(samples({"p", "--np", "2"}, {"p", "--np", "4"}), Rates(0, 0)) << "each of an unknown batch";
  EXPECT_EQ(samples({"p", "--accum", "2", "--bs", "8"}, {"p", "--accum", "2", "--bs", "4"}), Rates(2 * 8, 5 * 4));
}

}  // namespace
}  // namespace vigie::rules
