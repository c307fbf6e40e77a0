#include "shim/progress.hpp"

#include <gtest/gtest.h>

namespace vigie::shim {
namespace {

TEST(Progress, ABarOverEpochsIsInNoEpoch) {
  const auto progress = parse_progress("Epoch:  30%|###       | 3/10 [00:04<00:04,  1.90it/s]");
  ASSERT_TRUE(progress);
  EXPECT_EQ(progress->step, 3U);
  EXPECT_FALSE(progress->epoch);
}

TEST(Progress, ReadsTqdmWithATotal) {
  const auto progress = parse_progress(" 17%|█▋        | 448/2604 [6:08:29<32:30:27, 54.28s/it]");
  ASSERT_TRUE(progress);
  EXPECT_EQ(progress->step, 448U);
  EXPECT_EQ(progress->total, 2604U);
  EXPECT_DOUBLE_EQ(*progress->rate_per_second, 1 / 54.28);
  EXPECT_DOUBLE_EQ(*progress->eta_seconds, 32 * 3600 + 30 * 60 + 27);
}

TEST(Progress, ReadsTqdmWithoutATotal) {
  const auto progress = parse_progress("12it [00:07,  1.71it/s]");
  ASSERT_TRUE(progress);
  EXPECT_EQ(progress->step, 12U);
  EXPECT_FALSE(progress->total);
  EXPECT_DOUBLE_EQ(*progress->rate_per_second, 1.71);
  EXPECT_FALSE(progress->eta_seconds);
}

TEST(Progress, ABarThatHasNotBegunHasNoRate) {
  const auto progress = parse_progress("  0%|          | 0/32 [00:00<?, ?it/s]");
  ASSERT_TRUE(progress);
  EXPECT_EQ(progress->step, 0U);
  EXPECT_EQ(progress->total, 32U);
  EXPECT_FALSE(progress->rate_per_second);
}

TEST(Progress, ReadsEpochAndLoss) {
  const auto progress =
      parse_progress("epoch 3/10:  50%|#####     | 8/16 [00:04<00:04,  1.90it/s, loss=0.432, lr=1e-3]");
  ASSERT_TRUE(progress);
  EXPECT_EQ(progress->epoch, 3U);
  EXPECT_EQ(progress->epochs, 10U);
  EXPECT_DOUBLE_EQ(progress->metrics.at("loss"), 0.432);
  EXPECT_DOUBLE_EQ(progress->metrics.at("lr"), 0.001);
  EXPECT_DOUBLE_EQ(*progress->eta_seconds, 4);
}

TEST(Progress, ReadsScaledUnits) {
  const auto progress = parse_progress("  5%|5         | 1.50M/30.0M [00:10<03:10, 150kB/s]");
  ASSERT_TRUE(progress);
  EXPECT_EQ(progress->step, 1'500'000U);
  EXPECT_DOUBLE_EQ(*progress->rate_per_second, 150'000);
}

// Written by tqdm 4.64 (Debian 12), tqdm.format_meter.
TEST(Progress, ReadsWhatTqdmItselfWrites) {
  const auto percent =
      parse_progress("epoch 3/10:  50%|█████     | 8/16 [00:04<00:04,  1.90it/s, loss=0.432, acc=97.5%]");
  ASSERT_TRUE(percent);
  EXPECT_EQ(percent->step, 8U);
  EXPECT_DOUBLE_EQ(percent->metrics.at("acc"), 97.5);
  const auto no_bar = parse_progress("100% 16/16 [00:04<00:00,  3.81it/s]");
  ASSERT_TRUE(no_bar);
  EXPECT_EQ(no_bar->total, 16U);
  EXPECT_FALSE(no_bar->epoch);
  const auto scaled = parse_progress("12.3kit [00:04, 3.09kit/s]");
  ASSERT_TRUE(scaled);
  EXPECT_EQ(scaled->step, 12'300U);
  EXPECT_DOUBLE_EQ(*scaled->rate_per_second, 3'090);
  const auto slow =
      parse_progress("[train] a/b:  75%|███████▌  | 3/4 [25:00:00<8:20:00, 30000.00s/it, loss=nan, lr=1e-05]");
  ASSERT_TRUE(slow);
  EXPECT_DOUBLE_EQ(*slow->eta_seconds, 30'000);
  EXPECT_FALSE(slow->metrics.contains("loss")) << "not a number is none";
  EXPECT_DOUBLE_EQ(slow->metrics.at("lr"), 1e-5);
}

TEST(Progress, OrdinaryLinesAreNone) {
  for (const char* line :
       {"", "[", "]", "[00:00", "loss 0.3", "[2024-01-01 10:00:00] step", "see [1, 2]", "a/b [00:01<00:02]",
        "99999999999999999999/1 [00:00<00:01, 1it/s]", "1/ [00:00<00:01, 1it/s]"}) {
    EXPECT_FALSE(parse_progress(line)) << line;
  }
}

}  // namespace
}  // namespace vigie::shim
