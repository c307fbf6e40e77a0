#include "views/finding_columns.hpp"

#include <gtest/gtest.h>

#include "views/capability_columns.hpp"
#include "views/scene_for_tests.hpp"
#include "views/whole_row_for_tests.hpp"

namespace vigie::views {
namespace {

Finding finding() {
  Finding one;
  one.rule = "gpu_idle";
  one.severity = Severity::warning;
  one.confidence = 0.5;
  one.share_percent = 40.0;
  one.subject = "run resnet";
  one.since_wall_ns = 0;
  one.summary = "its GPU is idle";
  one.evidence = {{.metric = "gpu_percent", .value = 1, .threshold = 5, .window_seconds = 4, .text = "GPU at 1 %"},
                  {.metric = "cpu_percent", .value = 2, .threshold = 6, .window_seconds = 4, .text = "CPU at 2 %"}};
  one.causes = {"slow loading", "a lock"};
  one.actions = {"more workers", "vigie syscalls"};
  return one;
}

TEST(FindingColumns, SayEverythingThatARuleSays) {
  const Finding one = finding();
  EXPECT_EQ(shown(finding_columns(), one, "rule"), "gpu_idle");
  EXPECT_EQ(shown(finding_columns(), one, "severity"), "warning");
  EXPECT_EQ(shown(finding_columns(), one, "share_percent"), "40.0");
  EXPECT_EQ(shown(finding_columns(), one, "primary"), one.primary ? "yes" : "no");
  EXPECT_EQ(as_json(finding_columns(), one, "primary"), one.primary ? "true" : "false");
  EXPECT_EQ(shown(finding_columns(), one, "subject"), "run resnet");
  EXPECT_EQ(shown(finding_columns(), one, "summary"), "its GPU is idle");
  EXPECT_EQ(shown(finding_columns(), one, "evidence"), "GPU at 1 %; CPU at 2 %");
  EXPECT_EQ(shown(finding_columns(), one, "causes"), "slow loading; a lock");
  EXPECT_EQ(shown(finding_columns(), one, "actions"), "more workers; vigie syscalls");
  EXPECT_EQ(as_json(finding_columns(), one, "causes"), R"(["slow loading", "a lock"])");
  EXPECT_EQ(as_json(finding_columns(), one, "actions"), R"(["more workers", "vigie syscalls"])");
  EXPECT_TRUE(as_json(finding_columns(), one, "evidence")
                  .starts_with(R"([{"metric": "gpu_percent", "value": 1, "threshold": 5, "window_seconds": 4, )"
                               R"("text": "GPU at 1 %"}, {)"));
}

TEST(FindingColumns, ASeverityIsPaintedOnlyWhereThereIsSomethingToDo) {
  EXPECT_EQ(paint_of(Severity::critical), Paint::bad);
  EXPECT_EQ(paint_of(Severity::warning), Paint::notable);
  EXPECT_EQ(paint_of(Severity::info), Paint::none);
}

TEST(SuspicionColumns, SayHowLongToLook) {
  Suspicion one;
  one.rule = "memory_leak";
  one.subject = "run resnet";
  one.text = "it may leak";
  one.wants_seconds = 60;
  EXPECT_EQ(shown(suspicion_columns(), one, "rule"), "memory_leak");
  EXPECT_EQ(shown(suspicion_columns(), one, "subject"), "run resnet");
  EXPECT_EQ(shown(suspicion_columns(), one, "summary"), "it may leak");
  EXPECT_EQ(as_json(suspicion_columns(), one, "wants_seconds"), "60");
}

TEST(RelaunchColumns, CompareARunWithTheOneBeforeIt) {
  rules::Relaunch one;
  one.run = "resnet-2";
  one.before = "resnet";
  one.changes = {"--lr 0.1 instead of 0.2", "4 workers instead of 2"};
  one.rate_before = 10;
  one.rate_after = 5;
  EXPECT_EQ(shown(relaunch_columns(), one, "run"), "resnet-2");
  EXPECT_EQ(shown(relaunch_columns(), one, "earlier_run"), "resnet");
  EXPECT_EQ(shown(relaunch_columns(), one, "changes"), "--lr 0.1 instead of 0.2; 4 workers instead of 2");
  EXPECT_EQ(as_json(relaunch_columns(), one, "changes"), R"(["--lr 0.1 instead of 0.2", "4 workers instead of 2"])");
  EXPECT_EQ(as_json(relaunch_columns(), one, "rate_before_per_second"), "10");
  EXPECT_EQ(as_json(relaunch_columns(), one, "rate_per_second"), "5");
  EXPECT_EQ(as_json(relaunch_columns(), one, "change_percent"), "-50");
}

TEST(CapabilityColumns, AnAbilityThatHasNoNumberIsNotZero) {
  Capability one;
  one.id = "ptrace";
  one.status = Ability::works;
  one.reason = "allowed";
  one.advice = "nothing";
  EXPECT_EQ(whole(capability_columns(), one), "id=ptrace status=works value=- unit= reason=allowed advice=nothing");
  one.value = 3.0;
  EXPECT_EQ(as_json(capability_columns(), one, "value"), "3");
}

}  // namespace
}  // namespace vigie::views
