#include "shim/progress_tracker.hpp"

#include <gtest/gtest.h>

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
  EXPECT_EQ(tracker.latest()->step_wall_ns, second + second / 10);
  EXPECT_LT(tracker.latest()->longest_gap_seconds.value_or(0), 1);
  tracker.write("\r 30%|###       | 3/10 [01:11<00:09,  1.00it/s]", 71 * second);
  EXPECT_NEAR(*tracker.latest()->longest_gap_seconds, 69.9, 0.1);
}

}  // namespace
}  // namespace vigie::shim
