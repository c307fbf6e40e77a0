#include "shim/progress_words.hpp"

#include <gtest/gtest.h>

namespace vigie::shim {
namespace {

TEST(ProgressWords, Keras3) {
  const auto progress =
      parse_progress_words("120/500 ━━━━━━━━━━━━━━━━━━━━ 12s 12ms/step - accuracy: 0.9000 - loss: 0.1234");
  ASSERT_TRUE(progress);
  EXPECT_EQ(progress->step, 120U);
  EXPECT_EQ(progress->total, 500U);
  EXPECT_NEAR(*progress->rate_per_second, 1e3 / 12, 1e-9);
  EXPECT_DOUBLE_EQ(progress->metrics.at("loss"), 0.1234);
}

TEST(ProgressWords, Keras2AndItsSummary) {
  const auto bar = parse_progress_words("120/500 [=====>........................] - ETA: 5s - loss: 0.5 - acc: 0.9");
  ASSERT_TRUE(bar);
  EXPECT_EQ(bar->step, 120U);
  EXPECT_DOUBLE_EQ(*bar->eta_seconds, 5);
  const auto summary = parse_progress_words("500/500 - 6s - 12ms/step - loss: 0.1");
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->total, 500U);
}

TEST(ProgressWords, Rich) {
  const auto progress =
      parse_progress_words("Epoch 3/10 ━━━━━━━╸━━━━━━ 12/100 0:00:05 • 0:00:30 12.34it/s loss: 0.123");
  ASSERT_TRUE(progress);
  EXPECT_EQ(progress->step, 12U);
  EXPECT_EQ(progress->total, 100U);
  EXPECT_EQ(progress->epoch, 3U);
  EXPECT_EQ(progress->epochs, 10U);
  EXPECT_DOUBLE_EQ(*progress->eta_seconds, 30);
  EXPECT_DOUBLE_EQ(*progress->rate_per_second, 12.34);
}

TEST(ProgressWords, PrintedLines) {
  const auto plain = parse_progress_words("step 100/1000 loss 0.3");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->step, 100U);
  EXPECT_EQ(plain->total, 1000U);
  EXPECT_DOUBLE_EQ(plain->metrics.at("loss"), 0.3);
  const auto brackets = parse_progress_words("Epoch [2/10], Step [100/1000], Loss: 0.3021");
  ASSERT_TRUE(brackets);
  EXPECT_EQ(brackets->epoch, 2U);
  EXPECT_EQ(brackets->step, 100U);
  const auto iterations = parse_progress_words("iter 250: loss 3.1415, time 12.30ms");
  ASSERT_TRUE(iterations);
  EXPECT_EQ(iterations->step, 250U);
  EXPECT_FALSE(iterations->total);
}

TEST(ProgressWords, OrdinaryLinesAreNone) {
  for (const char* line :
       {"", "step by step", "step 3", "epoch 3/10", "see page 3/10", "loss: 0.3", "10/12 files copied",
        "2024/01/02 10:00:00 started", "Traceback, line 3", "step 99999999999999999999/3", "1e999 step 3"}) {
    EXPECT_FALSE(parse_progress_words(line)) << line;
  }
}

}  // namespace
}  // namespace vigie::shim
