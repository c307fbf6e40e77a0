#include "keep/progress/progress_words.hpp"

#include <gtest/gtest.h>

namespace vigie::keep {
namespace {

std::optional<Progress> parsed_words(std::string_view line) {
  const std::optional<ProgressLine> found = parse_progress_words(line);
  return found ? std::optional(found->progress) : std::nullopt;
}

TEST(ProgressWords, Keras2AndItsSummary) {
  const auto bar = parsed_words("120/500 [=====>........................] - ETA: 5s - loss: 0.5 - acc: 0.9");
  ASSERT_TRUE(bar);
  EXPECT_EQ(bar->step, 120U);
  EXPECT_DOUBLE_EQ(*bar->eta_seconds, 5);
  const auto summary = parsed_words("500/500 - 6s - 12ms/step - loss: 0.1");
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->total, 500U);
}

TEST(ProgressWords, PrintedLines) {
  const auto plain = parsed_words("step 100/1000 loss 0.3");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->step, 100U);
  EXPECT_EQ(plain->total, 1000U);
  EXPECT_DOUBLE_EQ(plain->metrics.at("loss"), 0.3);
  const auto brackets = parsed_words("Epoch [2/10], Step [100/1000], Loss: 0.3021");
  ASSERT_TRUE(brackets);
  EXPECT_EQ(brackets->epoch, 2U);
  EXPECT_EQ(brackets->step, 100U);
  const auto iterations = parsed_words("iter 250: loss 3.1415, time 12.30ms");
  ASSERT_TRUE(iterations);
  EXPECT_EQ(iterations->step, 250U);
  EXPECT_FALSE(iterations->total);
}

TEST(ProgressWords, CountsInBracketsBesideALoss) {
  for (const char* line : {"Train [50/900] loss: 0.3", "50/900 | loss 0.3", "E3 | 50/900 | val_loss=0.3"}) {
    const auto progress = parsed_words(line);
    ASSERT_TRUE(progress) << line;
    EXPECT_EQ(progress->step, 50U) << line;
    EXPECT_EQ(progress->total, 900U) << line;
  }
  const auto gan = parsed_words("[Epoch 3/200] [Batch 20/938] [D loss: 0.5] [G loss: 0.9]");
  ASSERT_TRUE(gan);
  EXPECT_EQ(gan->epoch, 3U);
  EXPECT_EQ(gan->step, 20U);
}

TEST(ProgressWords, WhoseTimeIsLeft) {
  const auto run = parsed_words("Epoch 1/10, step 100/1000, loss 0.3, 10 it/s, eta: 2:48:00");
  ASSERT_TRUE(run);
  EXPECT_TRUE(run->eta_of_run);
  const auto epoch = parsed_words("Epoch 1/10, step 100/1000, loss 0.3, 10 it/s, eta: 1:30");
  ASSERT_TRUE(epoch);
  EXPECT_FALSE(epoch->eta_of_run);
}

TEST(ProgressWords, OrdinaryLinesAreNone) {
  for (const char* line :
       {"", "step by step", "step 3", "see page 3/10", "loss: 0.3", "10/12 files copied", "2024/01/02 10:00:00 started",
        "Traceback, line 3", "step 99999999999999999999/3", "1e999 step 3"}) {
    EXPECT_FALSE(parsed_words(line)) << line;
  }
}

}  // namespace
}  // namespace vigie::keep
