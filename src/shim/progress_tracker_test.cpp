#include "shim/progress_tracker.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/units.hpp"

namespace vigie::shim {
namespace {

constexpr std::int64_t second = nanoseconds_per_second;

/// What tqdm 4.64 draws for a bar over steps (position 1) inside of one over epochs.
constexpr const char* epochs_0 = "\rEpoch:   0%|                         | 0/10 [00:00<?, ?it/s]";
constexpr const char* steps_1 = "\n\rtrain:  25%|######                | 1/4 [00:00<00:00, 21541.74it/s]\x1b[A";
constexpr const char* steps_4 = "\n\rtrain: 100%|#####################| 4/4 [00:00<00:00, 20080.08it/s]\x1b[A";
constexpr const char* steps_gone =
    "\n\r                                                            \x1b[A\rEpoch:  10%|##           | 1/10 "
    "[00:00<00:00, 2439.97it/s]";

TEST(ProgressTracker, TheBarOfTheInnerLoopHangsBelowTheCursor) {
  ProgressTracker tracker(24, 80);
  tracker.write(epochs_0, second);
  EXPECT_EQ(tracker.latest()->total, 10U);
  tracker.write(steps_1, 2 * second);
  const std::optional<Progress>& progress = tracker.latest();
  EXPECT_EQ(progress->step, 1U);
  EXPECT_EQ(progress->total, 4U);
  EXPECT_EQ(progress->epoch, 1U);
  EXPECT_EQ(progress->epochs, 10U);
}

TEST(ProgressTracker, BetweenTwoEpochsItDoesNotCountEpochsForSteps) {
  ProgressTracker tracker(24, 80);
  tracker.write(epochs_0, second);
  tracker.write(steps_1, 2 * second);
  tracker.write(steps_4, 3 * second);
  tracker.write(steps_gone, 4 * second);
  EXPECT_EQ(tracker.latest()->total, 4U);
  tracker.write(steps_1, 5 * second);
  EXPECT_EQ(tracker.latest()->epoch, 2U);
  EXPECT_EQ(tracker.latest()->step, 1U);
  tracker.write(steps_gone, 30 * second);  // then, an evaluation without a bar
  tracker.write(".", 60 * second);
  EXPECT_EQ(tracker.latest()->total, 10U);
}

TEST(ProgressTracker, ABarMayStandAboveWhatIsPrintedBelowIt) {
  ProgressTracker tracker(24, 80);
  tracker.write("50%|#####     | 5/10 [00:05<00:05,  1.00it/s]\nsaved a checkpoint\n", second);
  EXPECT_EQ(tracker.latest()->step, 5U);
}

TEST(ProgressTracker, APauseCountsWhenItIsOverHoweverOftenItIsLookedAt) {
  ProgressTracker tracker(24, 80);
  tracker.write("\r 10%|#         | 1/10 [00:01<00:09,  1.00it/s]", second);
  tracker.write("\r 20%|##        | 2/10 [00:01<00:09,  1.00it/s]", second + second / 10);  // before the next reading
  EXPECT_EQ(tracker.latest()->step, 2U);
  EXPECT_EQ(tracker.latest()->wall_ns, second + second / 10);
  EXPECT_LT(tracker.latest()->longest_gap_seconds.value_or(0), 1);
  // The bar is drawn again with another time: the step stands still all the same.
  tracker.write("\r 20%|##        | 2/10 [00:41<00:09,  1.00it/s]", 41 * second);
  EXPECT_EQ(tracker.latest()->wall_ns, second + second / 10);
  EXPECT_LT(tracker.latest()->longest_gap_seconds.value_or(0), 1);
  tracker.write("\r 30%|###       | 3/10 [01:11<00:09,  1.00it/s]", 71 * second);
  EXPECT_NEAR(*tracker.latest()->longest_gap_seconds, 69.9, 0.1);
}

TEST(ProgressTracker, ABarOverEpochsBelowThatOverSteps) {
  ProgressTracker tracker(24, 80);
  tracker.write("step  ━━━━━╸━━━━━━━━━ 12/200 0:00:05 0:01:20\nepoch ━━╸━━━━━━━━━━━━  2/10 0:00:05 -:--:--", second);
  EXPECT_EQ(tracker.latest()->total, 200U);
  EXPECT_EQ(tracker.latest()->epoch, 3U);
}

TEST(ProgressTracker, AHeadingHoldsForTheStepsBelowIt) {
  ProgressTracker tracker(24, 80);
  tracker.write("Epoch 2/5\n120/500 ━━━━━━━━━━ 12s 12ms/step - loss: 0.1\n", second);
  EXPECT_EQ(tracker.latest()->step, 120U);
  EXPECT_EQ(tracker.latest()->epoch, 2U);
  EXPECT_EQ(tracker.latest()->epochs, 5U);
}

TEST(ProgressTracker, ALineThatWasWrapped) {
  ProgressTracker tracker(24, 40);
  tracker.write("2024-03-02 10:00:05 some.logger INFO: step 50/900 loss 0.5", second);
  ASSERT_TRUE(tracker.latest());
  EXPECT_EQ(tracker.latest()->total, 900U);
}

TEST(ProgressTracker, ManyLinesBelowItHideNoLineOfProgress) {
  ProgressTracker tracker(50, 200);
  std::string output = "step 50/900 loss 0.5\n";
  for (int i = 0; i < 20; ++i) output += "a warning\n";
  tracker.write(output, second);
  EXPECT_EQ(tracker.latest()->step, 50U);
}

TEST(ProgressTracker, WhatWasSeenLateIsNotYounger) {
  ProgressTracker tracker(24, 80);
  tracker.write("step 1/100 loss 1\n", second);
  tracker.write("step 2/100 loss 1\n", second + second / 10);  // too soon to be read
  EXPECT_EQ(tracker.latest()->step, 2U);
  EXPECT_EQ(tracker.latest()->wall_ns, second + second / 10);
  EXPECT_NEAR(*tracker.latest()->longest_gap_seconds, 0.1, 1e-9) << "the look at it is no pause";
}

TEST(ProgressTracker, ALineThatOnlyRedrawsItsTimeHasNotMoved) {
  ProgressTracker tracker(24, 80);
  tracker.write("\rTraining ━━━━╸━━━━━━━━━ 12/100 0:00:05 0:01:20", second);
  tracker.write("\rTraining ━━━━╸━━━━━━━━━ 12/100 0:00:25 0:01:20", 21 * second);
  EXPECT_EQ(tracker.latest()->wall_ns, second);
}

TEST(ProgressTracker, APatternOfItsUser) {
  ProgressTracker tracker(24, 80, R"(done (?<step>\d+) of (?<total>\d+), L=(?<loss>[\d.]+))");
  tracker.write("step 7/9 loss 3\n", second);
  EXPECT_FALSE(tracker.latest());
  tracker.write("done 3 of 10, L=0.5\n", 2 * second);
  EXPECT_EQ(tracker.latest()->total, 10U);
  EXPECT_DOUBLE_EQ(tracker.latest()->metrics.at("loss"), 0.5);
}

TEST(ProgressTracker, WhatTheProgramReportsWins) {
  ProgressTracker tracker(24, 80);
  tracker.write("step 7/9 loss 3\n", second);
  tracker.write("VIGIE_PROG", 2 * second);
  tracker.write("RESS=3/10 loss=0.5\nstep 8/9 loss 3\n", 3 * second);
  EXPECT_EQ(tracker.latest()->total, 10U);
  std::string flood = "x\r\nVIGIE_PROGRESS=4/10\r\n";
  for (int i = 0; i < 100'000; ++i) flood += "step 8/9 loss 3\r\n";
  tracker.write(flood, 4 * second);
  EXPECT_EQ(tracker.latest()->step, 4U);
  tracker.write("say VIGIE_PROGRESS=9/10\n", 5 * second);
  EXPECT_EQ(tracker.latest()->step, 4U) << "not at the beginning of a line";
}

}  // namespace
}  // namespace vigie::shim
