#include "keep/progress/progress.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace vigie::keep {
namespace {

std::optional<Progress> parse(std::string_view line) {
  const std::optional<ProgressLine> found = parse_progress(line);
  return found ? std::optional(found->progress) : std::nullopt;
}

TEST(Progress, ABarOverEpochsIsInNoEpoch) {
  const auto progress = parse("Epoch:  30%|###       | 3/10 [00:04<00:04,  1.90it/s]");
  ASSERT_TRUE(progress);
  EXPECT_EQ(progress->step, 3U);
  EXPECT_FALSE(progress->epoch);
}

TEST(Progress, ReadsTqdmWithATotal) {
  const auto progress = parse(" 17%|█▋        | 448/2604 [6:08:29<32:30:27, 54.28s/it]");
  ASSERT_TRUE(progress);
  EXPECT_EQ(progress->step, 448U);
  EXPECT_EQ(progress->total, 2604U);
  EXPECT_DOUBLE_EQ(*progress->rate_per_second, 1 / 54.28);
  EXPECT_DOUBLE_EQ(*progress->eta_seconds, 32 * 3600 + 30 * 60 + 27);
}

TEST(Progress, ReadsTqdmWithoutATotal) {
  const auto progress = parse("12it [00:07,  1.71it/s]");
  ASSERT_TRUE(progress);
  EXPECT_EQ(progress->step, 12U);
  EXPECT_FALSE(progress->total);
  EXPECT_DOUBLE_EQ(*progress->rate_per_second, 1.71);
  EXPECT_FALSE(progress->eta_seconds);
}

TEST(Progress, ABarThatHasNotBegunHasNoRate) {
  const auto progress = parse("  0%|          | 0/32 [00:00<?, ?it/s]");
  ASSERT_TRUE(progress);
  EXPECT_EQ(progress->step, 0U);
  EXPECT_EQ(progress->total, 32U);
  EXPECT_FALSE(progress->rate_per_second);
}

TEST(Progress, ReadsEpochAndLoss) {
  const auto progress = parse("epoch 3/10:  50%|#####     | 8/16 [00:04<00:04,  1.90it/s, loss=0.432, lr=1e-3]");
  ASSERT_TRUE(progress);
  EXPECT_EQ(progress->epoch, 3U);
  EXPECT_EQ(progress->epochs, 10U);
  EXPECT_DOUBLE_EQ(progress->metrics.at("loss"), 0.432);
  EXPECT_DOUBLE_EQ(progress->metrics.at("lr"), 0.001);
  EXPECT_DOUBLE_EQ(*progress->eta_seconds, 4);
}

TEST(Progress, ReadsScaledUnits) {
  const auto progress = parse("  5%|5         | 1.50M/30.0M [00:10<03:10, 150kB/s]");
  ASSERT_TRUE(progress);
  EXPECT_EQ(progress->step, 1'500'000U);
  EXPECT_DOUBLE_EQ(*progress->rate_per_second, 150'000);
}

// Written by tqdm 4.64 (Debian 12), tqdm.format_meter.
TEST(Progress, ReadsWhatTqdmItselfWrites) {
  const auto percent = parse("epoch 3/10:  50%|█████     | 8/16 [00:04<00:04,  1.90it/s, loss=0.432, acc=97.5%]");
  ASSERT_TRUE(percent);
  EXPECT_EQ(percent->step, 8U);
  EXPECT_DOUBLE_EQ(percent->metrics.at("acc"), 97.5);
  const auto no_bar = parse("100% 16/16 [00:04<00:00,  3.81it/s]");
  ASSERT_TRUE(no_bar);
  EXPECT_EQ(no_bar->total, 16U);
  EXPECT_FALSE(no_bar->epoch);
  const auto scaled = parse("12.3kit [00:04, 3.09kit/s]");
  ASSERT_TRUE(scaled);
  EXPECT_EQ(scaled->step, 12'300U);
  EXPECT_DOUBLE_EQ(*scaled->rate_per_second, 3'090);
  const auto slow = parse("[train] a/b:  75%|███████▌  | 3/4 [25:00:00<8:20:00, 30000.00s/it, loss=nan, lr=1e-05]");
  ASSERT_TRUE(slow);
  EXPECT_DOUBLE_EQ(*slow->eta_seconds, 30'000);
  EXPECT_TRUE(std::isnan(slow->metrics.at("loss")));
  EXPECT_DOUBLE_EQ(slow->metrics.at("lr"), 1e-5);
}

TEST(Progress, ABarThatTheEdgeCut) {
  const auto time =
      parse("Epoch 80:  12%|█▏  | 12/100 [00:05<00:35, 2.49it/s, loss=0.4291, v_num=0, grad_norm_encoder=2.5");
  ASSERT_TRUE(time);
  EXPECT_EQ(time->step, 12U);
  EXPECT_EQ(time->epoch, 80U);
  EXPECT_DOUBLE_EQ(*time->rate_per_second, 2.49);
  EXPECT_DOUBLE_EQ(time->metrics.at("loss"), 0.4291);
  EXPECT_FALSE(time->metrics.contains("grad_norm_encoder")) << "it may have had more digits";
  EXPECT_EQ(parse("Epoch 80:  12%|█▏  | 12/100 [00:0")->total, 100U);
  const auto total = parse("Epoch 80:  12%|█▏  | 12/10");
  ASSERT_TRUE(total);
  EXPECT_FALSE(total->total) << "that was 100";
  EXPECT_EQ(total->percent, 12);
  EXPECT_EQ(parse("Epoch 80:  12%|█▏  ")->percent, 12);
}

TEST(Progress, UltralyticsHasItsEpochInFront) {
  for (const char* line :
       {"      7/50       5.1G        1.1        0.9       1.05         40        640:  45%|████▌     | 27/60 "
        "[00:13<00:16,  2.0it/s]",
        "      7/50       5.1G        1.1        0.9       1.05         40        640: 45% ━━━━━─────── 27/60 2.0it/s "
        "13.5s<16.5s"}) {
    const auto progress = parse(line);
    ASSERT_TRUE(progress) << line;
    EXPECT_EQ(progress->epoch, 7U);
    EXPECT_EQ(progress->epochs, 50U);
    EXPECT_EQ(progress->step, 27U);
    EXPECT_EQ(progress->total, 60U);
    EXPECT_DOUBLE_EQ(*progress->rate_per_second, 2);
    EXPECT_NEAR(*progress->eta_seconds, 16, 0.6);
  }
}

TEST(Progress, Reported) {
  const auto progress = parse_reported("VIGIE_PROGRESS=120/500 epoch=2/10 loss=0.25 eta=1:00 rate=4");
  ASSERT_TRUE(progress);
  EXPECT_EQ(progress->step, 120U);
  EXPECT_EQ(progress->total, 500U);
  EXPECT_EQ(progress->epoch, 2U);
  EXPECT_EQ(progress->epochs, 10U);
  EXPECT_DOUBLE_EQ(progress->metrics.at("loss"), 0.25);
  EXPECT_DOUBLE_EQ(*progress->eta_seconds, 60);
  EXPECT_DOUBLE_EQ(*progress->rate_per_second, 4);
  EXPECT_EQ(parse_reported("VIGIE_PROGRESS=45%")->percent, 45);
  EXPECT_EQ(parse_reported("VIGIE_PROGRESS=7")->step, 7U);
  for (const char* line : {"VIGIE_PROGRESS=", "VIGIE_PROGRESS=x/y", "VIGIE_PROGRESS=9/3", "VIGIE_PROGRESS=-1/3",
                           " VIGIE_PROGRESS=1/3", "VIGIE_PROGRES=1/3"})
    EXPECT_FALSE(parse_reported(line)) << line;
}

TEST(Progress, Objects) {
  const auto json = parse(R"({"epoch": 1, "step": 100, "loss": 0.5, "lr": 1e-4})");
  ASSERT_TRUE(json);
  EXPECT_EQ(json->step, 100U);
  EXPECT_EQ(json->epoch, 1U);
  EXPECT_DOUBLE_EQ(json->metrics.at("loss"), 0.5);
  const auto dict = parse("{'loss': 0.5, 'grad_norm': 1.25, 'learning_rate': 5e-05, 'epoch': 0.1, 'step': 500}");
  ASSERT_TRUE(dict);
  EXPECT_EQ(dict->step, 500U);
  EXPECT_EQ(dict->epoch, 1U);
  const auto fairseq = parse(
      "2024-03-02 10:00:05 | INFO | train_inner | {\"epoch\": 1, \"update\": 0.081, \"loss\": "
      "\"9.628\", \"ups\": \"8.5\", \"num_updates\": \"100\"}");
  ASSERT_TRUE(fairseq);
  EXPECT_EQ(fairseq->step, 100U);
  EXPECT_DOUBLE_EQ(*fairseq->rate_per_second, 8.5);
  const auto factory = parse(R"({"current_steps": 10, "total_steps": 100, "loss": 1.2, "remaining_time": "0:01:30"})");
  ASSERT_TRUE(factory);
  EXPECT_EQ(factory->total, 100U);
  EXPECT_DOUBLE_EQ(*factory->eta_seconds, 90);
  for (const char* line : {R"({"epochs": 100, "batch_size": 24, "lr": 0.1})", R"({"step": 8, "gamma": 0.1})",
                           R"({"step)", R"({"step": "x", "loss": 1})", "{'train_runtime': 12.3, 'epoch': 3.0}"})
    EXPECT_FALSE(parse(line)) << line;
}

TEST(Progress, MetricsHaveTheNamesThatTheirProgramsGive) {
  EXPECT_TRUE(parse("Downloading shards:  50%|█████     | 1/2 [00:10<00:10, 10.0s/it]")->metrics.empty());
  const auto megatron =
      parse(" iteration 10/ 500 | elapsed time per iteration (s): 1.25 | learning rate: 1.5E-04 | lm loss: 3.2E+00 |");
  ASSERT_TRUE(megatron);
  EXPECT_DOUBLE_EQ(megatron->metrics.at("lm loss"), 3.2);
  EXPECT_DOUBLE_EQ(megatron->metrics.at("learning rate"), 1.5e-4);
  EXPECT_DOUBLE_EQ(*megatron->rate_per_second, 0.8);
  const auto glog = parse("I0302 10:00:05.123 train.py:45] step 100 loss=0.5 tps: 1,234");
  ASSERT_TRUE(glog);
  EXPECT_EQ(glog->metrics.size(), 1U);
}

TEST(Progress, SettingsAreNone) {
  for (const char* line : {"engine/trainer: agnostic_nms=False, amp=True, augment=False, batch=24, bgr=0.1, box=5.5, "
                           "cache=False, cls=0.7, "
                           "epochs=30, imgsz=320, iou=0.6",
                           "batch=24, lr=0.1",
                           "epochs=100",
                           "epochs: 100",
                           "Namespace(batch_size=24, epochs=100, step=1000, lr=0.1)",
                           "TrainingArguments(eval_steps=500, logging_steps=10, max_steps=-1, warmup_steps=0, seed=42)",
                           "max steps: 100, lr: 0.1",
                           "step_size: 30, gamma: 0.1",
                           "StepLR(step=30, gamma=0.1)",
                           "num epochs 3",
                           "  batch 24",
                           "steps: 1000, loss_weight: 1.0",
                           "steps=1000, cls_loss_gain=0.5",
                           "lr_config: step=[8, 11]",
                           "every 100 steps, loss 0.5",
                           "Batch size: 24, loss: mse",
                           "model: step 3, hidden: 4",
                           "Accuracy: 9843/10000 (98%), loss: 0.05",
                           "01/02 10:00:05 INFO loss: 0.3",
                           "epoch 3/10 of the schedule",
                           "| 45%|  300MiB |",
                           "GPU 12% | 300MiB",
                           "[3/7] Building CXX object loss.cpp.o"})
    EXPECT_FALSE(parse(line)) << line;
}

TEST(Progress, EpochsAloneAndHeadings) {
  const auto printed = parse_progress("Epoch 3/10 - loss: 0.5 - 12s");
  ASSERT_TRUE(printed);
  EXPECT_EQ(printed->kind, ProgressLine::Kind::epoch_line);
  EXPECT_EQ(printed->progress.step, 3U);
  const auto endless = parse_progress("epoch: 5 | loss: 0.5");
  ASSERT_TRUE(endless);
  EXPECT_EQ(endless->kind, ProgressLine::Kind::epoch_line);
  EXPECT_EQ(endless->progress.epoch, 5U);
  const auto dict = parse_progress("{'loss': 0.5, 'learning_rate': 5e-05, 'epoch': 2.25}");
  ASSERT_TRUE(dict);
  EXPECT_EQ(dict->kind, ProgressLine::Kind::epoch_line);
  EXPECT_EQ(dict->progress.epoch, 3U) << "in the third";
  const auto heading = parse_progress("Epoch 3/10");
  ASSERT_TRUE(heading);
  EXPECT_EQ(heading->kind, ProgressLine::Kind::heading);
  EXPECT_EQ(heading->progress.epochs, 10U);
  const auto rich = parse_progress("⠋ epoch ━━━━━━━━╸━━━━━━━━━━━  2/10 0:00:05 -:--:--");
  ASSERT_TRUE(rich);
  EXPECT_EQ(rich->kind, ProgressLine::Kind::epoch_bar);
}

TEST(Progress, ALossThatIsNoNumberIsStillALossOfItsStep) {
  struct Line {
    const char* text;
    std::uint64_t step;
    const char* metric;
  };
  for (const Line& line :
       {Line{"iter 3010: loss nan, time 1019.95ms, mfu 14.12%", 3010, "loss"},
        {"step: 250  loss:  nan  memory: 49.66GiB(52.28%)  tps: 5,862  mfu: 34.33%", 250, "loss"},
        {"Epoch 2/10 step 9 loss=NaN", 9, "loss"},
        {"INFO:tensorflow:global step 8: loss = nan (16.765 sec/step)", 8, "loss"},
        {"step 110/1000 loss nan", 110, "loss"},
        {" iteration      204/  250000 | consumed samples: 9 | lm loss: NAN | loss scale: 1.0 |", 204, "lm loss"},
        {"steps:  10%|#    | 10/100 [00:10<01:30,  1.00s/it, avr_loss=nan]", 10, "avr_loss"},
        {"Epoch: [0][511/1736]\t Loss nan MAE 0.6075", 511, "Loss"},
        {"eta: 1:00:00  iter: 59  total_loss: nan  loss_cls: nan    time: 0.3  lr: 0.1", 59, "total_loss"},
        {"Epoch [1][658/742]     lr: 5.000e-05, eta: 2:15:01, time: 0.396, loss: nan", 658, "loss"},
        {"Step 5650/50000; acc:   0.19; ppl:   nan; xent:  nan; lr: 0.00070;", 5650, "ppl"},
        {"{'loss': nan, 'grad_norm': inf, 'epoch': 1.2, 'step': 70}", 70, "loss"},
        {R"({"step": 70, "loss": NaN})", 70, "loss"},
        {"{'loss': tensor(nan, device='cuda:0'), 'step': 70}", 70, "loss"},
        {"[12]\ttrain-rmse:nan\teval-rmse:nan", 12, "train-rmse"},
        {"12:\tlearn: nan\ttotal: 3.5s\tremaining: 25.4s", 12, "loss"}}) {
    const auto progress = parse(line.text);
    ASSERT_TRUE(progress) << line.text;
    EXPECT_EQ(progress->step, line.step) << line.text;
    ASSERT_TRUE(progress->metrics.contains(line.metric)) << line.text;
    EXPECT_TRUE(std::isnan(progress->metrics.at(line.metric))) << line.text;
  }
  EXPECT_TRUE(std::isinf(parse("step 3/9 loss inf")->metrics.at("loss")));
  EXPECT_LT(parse("step 3/9 loss: -inf")->metrics.at("loss"), 0);
  EXPECT_FALSE(parse("step 3/9 loss: info, acc 0.5")->metrics.contains("loss"));
}

TEST(Progress, WhatIsBesideTheTraining) {
  for (const char* line : {"Validating:  40%|####      | 2/5 [00:01<00:01,  2.00batch/s]",
                           "Validation DataLoader 0:  50%|#####     | 78/157 [00:02<00:02, 38.79it/s]",
                           "                 Class     Images  Instances      Box(P          R      mAP50  mAP50-95):  "
                           "50%|#####     | 16/32 "
                           "[00:03<00:02,  6.18it/s]",
                           "VA - Epoch 1:  40%|####      | 6/15 [00:01<00:00, 12.91it/s, loss=0.62]",
                           "03/02 10:00:05 - mmengine - INFO - Epoch(val) [3][ 50/200]  eta: 0:01:00  time: 0.5",
                           "| epoch 010 | valid on 'valid' subset  1000 / 1311 loss=1.60",
                           "Test: [ 10/391]\tTime  0.345 ( 0.512)\tLoss 6.9",
                           "[>>>>>>>>>>          ] 3217/3849, 4.0 task/s, elapsed: 799s, ETA:   157s"}) {
    const auto found = parse_progress(line);
    ASSERT_TRUE(found) << line;
    EXPECT_TRUE(found->aside) << line;
  }
  for (const char* line :
       {"Epoch 1:  85%|########  | 17/20 [00:08<00:01,  2.00batch/s, val_loss=0.183]", "step 3/9 val loss 0.5",
        "/data/test/run: step 3/9 loss 0.5", "E3 | 50/900 | val_loss=0.3", "train on val set: step 3/9 loss 0.5"}) {
    const auto found = parse_progress(line);
    ASSERT_TRUE(found) << line;
    EXPECT_FALSE(found->aside) << line;
  }
}

TEST(Progress, CountsAndPlacesAreNoMetrics) {
  const auto fairseq =
      parse("2020 | INFO | train_inner | epoch 001:   3200 / 160368 loss=10.278, ppl=1241.54, ups=0.04");
  ASSERT_TRUE(fairseq);
  EXPECT_FALSE(fairseq->metrics.contains("epoch 001"));
  const auto lightning = parse("2021/08/16 14:12:14 | Epoch 0: 34%\\|#4 \\| 25/74 [00:04<00:09, 5.36it/s, loss=1.05]");
  ASSERT_TRUE(lightning);
  EXPECT_FALSE(lightning->metrics.contains("Epoch 0"));
  const auto sage = parse("[1,mpirank:0,algo-1]<stdout>:Epoch 1:  50% 1/2 [00:00<00:00, 35.14it/s, loss=2.29]");
  ASSERT_TRUE(sage);
  EXPECT_EQ(sage->metrics.size(), 1U);
  const auto ray = parse("(pid=5463) Running. (pending: 0 CPU, 0 GPU): : 4.44k row [1:08:53, 212 row/s]");
  ASSERT_TRUE(ray);
  EXPECT_TRUE(ray->metrics.empty());
  EXPECT_FALSE(parse("| epoch 010 | train loss 1.44 | words/s    961 | words/batch    906 | bsz    32")->step == 906U);
}

TEST(Progress, OrdinaryLinesAreNone) {
  for (const char* line :
       {"", "[", "]", "[00:00", "loss 0.3", "[2024-01-01 10:00:00] step", "see [1, 2]", "a/b [00:01<00:02]",
        "99999999999999999999/1 [00:00<00:01, 1it/s]", "1/ [00:00<00:01, 1it/s]"}) {
    EXPECT_FALSE(parse(line)) << line;
  }
}

}  // namespace
}  // namespace vigie::keep
