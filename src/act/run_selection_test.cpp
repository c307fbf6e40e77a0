#include "act/run_selection.hpp"

#include <gtest/gtest.h>

namespace vigie::act {
namespace {

Run run_called(const char* name, RunState state) {
  Run run;
  run.name = name;
  run.id = "k3x9";
  run.command = "python3 train.py";
  run.state = state;
  return run;
}

TEST(RunSelection, APatternIsOverNameIdAndCommand) {
  const vigie::Run run = run_called("resnet", RunState::running);
  for (const char* pattern : {"", "^res", "%res", "k3x", "train\\.py$"})
    EXPECT_TRUE(RunSelection::of(pattern, {})->wants(run)) << pattern;
  EXPECT_FALSE(RunSelection::of("bert", {})->wants(run));
  EXPECT_EQ(RunSelection::of("(", {}).error().kind, ErrorKind::usage);
}

TEST(RunSelection, StatesAreOfThoseThatAreNamed) {
  const RunSelection over = *RunSelection::of("", {"failed", "killed"});
  EXPECT_TRUE(over.wants(run_called("a", RunState::killed)));
  EXPECT_FALSE(over.wants(run_called("a", RunState::running)));
  EXPECT_FALSE(RunSelection::of("b", {"killed"})->wants(run_called("a", RunState::killed))) << "both must hold";
  EXPECT_FALSE(over.everything());
  EXPECT_TRUE(RunSelection::of("", {})->everything());
}

TEST(RunSelection, AMisspeltStateIsOfferedTheNearestOne) {
  EXPECT_EQ(RunSelection::of("", {"faild"}).error().kind, ErrorKind::usage);
  EXPECT_TRUE(RunSelection::of("", {"faild"}).error().message.contains("failed"));
}

TEST(RunSelection, AWordThatIsNearNoStateIsAnsweredWithAllOfThem) {
  EXPECT_TRUE(RunSelection::of("", {"zzzzzzzzz"}).error().message.starts_with("no state \"zzzzzzzzz\"; there are "));
}

}  // namespace
}  // namespace vigie::act
