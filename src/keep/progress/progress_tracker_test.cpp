#include "keep/progress/progress_tracker.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/second_for_tests.hpp"
#include "base/units.hpp"

namespace vigie::keep {
namespace {

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

TEST(ProgressTracker, AValidationIsNoProgressOfTheTraining) {
  constexpr const char* train =
      "    151/200      2.95G     0.3137     0.3809     0.7961          3        640: 100%|####| ";
  constexpr const char* val = "\r                 Class     Images  Instances      Box(P          R      mAP50): ";
  ProgressTracker tracker(50, 200);
  tracker.write(std::string(train) + "246/246 [02:17<00:00,  1.79it/s]\r\n", second);
  tracker.write(std::string(val) + " 50%|##  | 16/32 [00:55<00:55,  5.60it/s]", 60 * second);
  EXPECT_EQ(tracker.latest()->epoch, 151U);
  EXPECT_EQ(tracker.latest()->total, 246U);
  EXPECT_EQ(tracker.latest()->wall_ns, 60 * second) << "it goes on";
  tracker.write(std::string(val) + "100%|####| 32/32 [01:55<00:00,  5.60it/s]\r\n  all 3932 1523 0.98\r\n",
                90 * second);
  EXPECT_EQ(tracker.latest()->epoch, 151U);
  EXPECT_EQ(tracker.latest()->total, 246U);
}

TEST(ProgressTracker, ABarInsideOfTheMainOneIsAValidation) {
  ProgressTracker tracker(50, 120);
  tracker.write("\r 27%|##7   | 500/1856 [1:04:16<3:02:24,  7.43s/it]", second);
  tracker.write("\n\r 30%|###   | 19/63 [00:10<00:20,  2.00it/s]\x1b[A", 20 * second);
  tracker.write("\n\r 32%|###   | 20/63 [00:10<00:20,  2.00it/s]\x1b[A", 25 * second);
  EXPECT_EQ(tracker.latest()->step, 500U);
  EXPECT_EQ(tracker.latest()->total, 1856U);
  EXPECT_EQ(tracker.latest()->wall_ns, 25 * second);
  tracker.write("\n\r 32%|###   | 20/63 [00:40<00:20,  2.00it/s]\x1b[A", 60 * second);
  EXPECT_EQ(tracker.latest()->wall_ns, 25 * second) << "the time alone moved";
}

TEST(ProgressTracker, ABarOfMoreStepsIsAValidationOnceTheOuterOneMovedByItself) {
  ProgressTracker tracker(50, 120);
  for (int step = 1; step <= 5; ++step)
    tracker.write(
        "\r " + std::to_string(step * 10) + "%|#   | " + std::to_string(step * 4) + "/40 [00:16<00:24,  1.43s/it]",
        step * second);
  EXPECT_EQ(tracker.latest()->step, 20U);
  tracker.write("\n\r 30%|###   | 19/63 [00:10<00:20,  2.00it/s]\x1b[A", 20 * second);
  EXPECT_EQ(tracker.latest()->total, 40U);
}

TEST(ProgressTracker, AProgramThatOnlyEvaluatesHasProgress) {
  ProgressTracker tracker(50, 120);
  tracker.write("\rEvaluating:  30%|###   | 19/63 [00:10<00:20,  2.00it/s]", second);
  EXPECT_EQ(tracker.latest()->step, 19U);
  tracker.write("\rEvaluating: 100%|######| 63/63 [00:30<00:00,  2.00it/s]", 20 * second);
  EXPECT_EQ(tracker.latest()->step, 63U);
}

TEST(ProgressTracker, TheLossOfALineAboveTheBar) {
  ProgressTracker tracker(50, 120);
  tracker.write("\r  1%|    | 9/1856 [04:16<13:02:24, 25.43s/it]", second);
  tracker.write(
      "\r{'loss': 2.9043, 'learning_rate': 4.9e-05, 'epoch': 0.02}            \r\n\r  1%|    | 10/1856 "
      "[04:16<13:02:24, 25.43s/it]",
      2 * second);
  EXPECT_EQ(tracker.latest()->step, 10U);
  EXPECT_DOUBLE_EQ(tracker.latest()->metrics.at("loss"), 2.9043);
  tracker.write(std::string(200, '\n') + "\r  1%|    | 11/1856 [04:16<13:02:24, 25.43s/it]", 3 * second);
  EXPECT_EQ(tracker.latest()->step, 11U);
  EXPECT_TRUE(tracker.latest()->metrics.contains("loss")) << "it scrolled away";
}

TEST(ProgressTracker, ALineThatSaysLessTakesNothingAway) {
  ProgressTracker tracker(50, 400);
  tracker.write(
      " samples/sec: 7.799 | iteration       34/   10000 | elapsed time per iteration (ms): 4103.1 | learning "
      "rate: 2.111E-06 | lm_loss: 1.118665E+01 |\r\n",
      second);
  tracker.write(
      "[2023-07-25 21:03:21,037] [INFO] [logging.py:96:log_dist] [Rank 0] step=35, skipped=0, "
      "lr=[2.17e-06], mom=[[0.9, 0.95]]\r\n",
      5 * second);
  EXPECT_EQ(tracker.latest()->step, 35U);
  EXPECT_EQ(tracker.latest()->total, 10000U);
  EXPECT_DOUBLE_EQ(tracker.latest()->metrics.at("lm_loss"), 11.18665);
}

TEST(ProgressTracker, ALongLineIsReadToItsEnd) {
  ProgressTracker tracker(50, 80);
  tracker.write(
      "2020-11-11 18:28:31,705 - mmdet - INFO - Epoch [1][2250/29317]\tlr: 2.000e-02, eta: 1 day, 16:17:58, "
      "time: 0.394, data_time: 0.009, memory: 3946, loss_rpn_cls: 0.0953, loss_rpn_bbox: 0.0819, loss_cls: "
      "0.4910, acc: 90.2373, loss_bbox: 0.2834, loss: 0.9516\r\n",
      second);
  EXPECT_EQ(tracker.latest()->step, 2250U);
  EXPECT_DOUBLE_EQ(tracker.latest()->metrics.at("loss"), 0.9516);
}

TEST(ProgressTracker, BarsThatWereWrapped) {
  ProgressTracker tracker(24, 80);
  tracker.write(
      "    151/200      2.95G     0.3137     0.3809     0.7961          3        640: 100%|####| 246/246 "
      "[02:17<00:00,  1.79it/s]\r\n\r                 Class     Images  Instances      Box(P          R      "
      "mAP50):  50%|##   | 16/32 [00:03<00:02,  6.18it/s]",
      second);
  EXPECT_EQ(tracker.latest()->epoch, 151U);
  EXPECT_EQ(tracker.latest()->total, 246U);
}

TEST(ProgressTracker, AHeadingAloneIsAnEpoch) {
  ProgressTracker tracker(50, 120);
  tracker.write("2025-12-22 03:17:56.305979: Epoch 12\r\n", second);
  ASSERT_TRUE(tracker.latest());
  EXPECT_EQ(tracker.latest()->epoch, 12U);
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

TEST(ProgressTracker, TheTimeBetweenTwoAttemptsIsNoPauseThatIsUsual) {
  ProgressTracker tracker(24, 80);
  tracker.write("step 60/100 loss 1\n", second);
  tracker.write("step 61/100 loss 1\n", 2 * second);
  tracker.begin_attempt();  // it hung for long, and was restarted
  tracker.write("step 1/100 loss 1\n", 1000 * second);
  EXPECT_FALSE(tracker.latest()->longest_gap_seconds);
  tracker.write("step 2/100 loss 1\n", 1003 * second);
  EXPECT_NEAR(*tracker.latest()->longest_gap_seconds, 3, 1e-9);
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
}  // namespace vigie::keep
