#include "rules/relaunch.hpp"

#include <gtest/gtest.h>

namespace vigie {
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

}  // namespace
}  // namespace vigie
