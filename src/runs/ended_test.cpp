#include "runs/ended.hpp"

#include <gtest/gtest.h>

namespace vigie {
namespace {

ProcessSample alive(pid_t pid, pid_t ppid) {
  ProcessSample row;
  row.id.pid = pid;
  row.ppid = ppid;
  return row;
}

EndedProcess ended(pid_t pid, pid_t ppid) {
  EndedProcess one;
  one.id = {.pid = pid, .start_ticks = 7};
  one.ppid = ppid;
  return one;
}

Snapshot host() {
  Snapshot snapshot;
  snapshot.processes = {alive(1, 0), alive(100, 1), alive(200, 1)};
  return snapshot;
}

/// Process 100 is the run.
RunView one_run() {
  RunView view;
  view.runs.resize(1);
  view.runs[0].leader = {.pid = 100, .start_ticks = 3};
  view.run_of = {-1, 0, -1};
  return view;
}

TEST(Ended, AncestorsGoThroughOthersThatEnded) {
  Snapshot snapshot = host();
  snapshot.ended = {ended(301, 300), ended(300, 100), ended(302, 999)};
  const auto ancestors = ancestors_of_ended(snapshot);
  EXPECT_EQ(ancestors[0], (std::vector<pid_t>{300, 100, 1}));
  EXPECT_EQ(ancestors[1], (std::vector<pid_t>{100, 1}));
  EXPECT_EQ(ancestors[2], (std::vector<pid_t>{999}));
}

TEST(Ended, ACircleOfReusedPidsEnds) {
  Snapshot snapshot = host();
  snapshot.ended = {ended(300, 301), ended(301, 300)};
  EXPECT_LE(ancestors_of_ended(snapshot)[0].size(), 64U);
}

TEST(Ended, BelongsToTheRunOfItsAncestorOrSession) {
  Snapshot snapshot = host();
  snapshot.ended = {ended(301, 300), ended(300, 100), ended(302, 200), ended(303, 1)};
  snapshot.ended[3].session = pid_t{100};
  const auto runs = runs_of_ended(snapshot, one_run(), ancestors_of_ended(snapshot));
  EXPECT_EQ(runs, (std::vector<int>{0, 0, -1, 0}));
}

TEST(Ended, ARunThatWasOverLongAgoHasNoneOfItsPidsNextOwner) {
  Snapshot snapshot = host();
  snapshot.ended = {ended(300, 100)};
  RunView view = one_run();
  view.runs[0].state = RunState::failed;
  view.run_of = {-1, -1, -1};
  EXPECT_EQ(runs_of_ended(snapshot, view, ancestors_of_ended(snapshot)), (std::vector<int>{-1}));
}

TEST(Ended, ARunWithoutAMainProcessLeadsNobody) {
  Snapshot snapshot = host();
  snapshot.ended = {ended(300, 200)};
  snapshot.ended[0].session = pid_t{0};
  RunView view = one_run();
  view.runs[0].leader = {};
  view.run_of = {-1, -1, -1};
  EXPECT_EQ(runs_of_ended(snapshot, view, ancestors_of_ended(snapshot)), (std::vector<int>{-1}));
  view.runs[0].leader = {.pid = 1, .start_ticks = 3};
  EXPECT_EQ(runs_of_ended(snapshot, view, ancestors_of_ended(snapshot)), (std::vector<int>{0}))
      << "in a container the run may be process 1";
}

TEST(Ended, BelongsToTheNearestOfItsAncestorsRuns) {
  Snapshot snapshot = host();
  snapshot.processes.push_back(alive(210, 200));
  snapshot.ended = {ended(300, 210), ended(301, 200)};
  snapshot.ended[1].session = pid_t{100};
  RunView view = one_run();
  view.runs.resize(2);
  view.runs[1].leader = {.pid = 200, .start_ticks = 4};
  view.run_of = {-1, 0, 1, 1};
  EXPECT_EQ(runs_of_ended(snapshot, view, ancestors_of_ended(snapshot)), (std::vector<int>{1, 1}))
      << "a session counts only where no ancestor tells";
}

TEST(Ended, ARunThatEndedHasItselfAndItsChildren) {
  Snapshot snapshot;
  snapshot.processes = {alive(1, 0)};
  snapshot.ended = {ended(100, 1), ended(300, 100)};
  snapshot.ended[0].id.start_ticks = 3;
  RunView view = one_run();
  view.runs[0].state = RunState::failed;
  view.run_of = {-1};
  EXPECT_EQ(runs_of_ended(snapshot, view, ancestors_of_ended(snapshot)), (std::vector<int>{0, 0}));
}

TEST(Ended, ARunThatWasOverBeforeHasNoChildrenNow) {
  Snapshot snapshot = host();
  snapshot.ended = {ended(300, 100)};
  RunView view = one_run();
  view.runs[0].state = RunState::exited;
  view.run_of = {-1, -1, -1};
  EXPECT_EQ(runs_of_ended(snapshot, view, ancestors_of_ended(snapshot)), (std::vector<int>{-1}));
}

}  // namespace
}  // namespace vigie
