#include "keep/progress/progress_formats.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace vigie::keep {
namespace {

/// What an example says; nothing where it does not.
struct Said {
  std::string_view begin;  ///< of the example, as far as it takes to tell it from others
  std::optional<std::uint64_t> step, total, epoch = {}, epochs = {};
  std::optional<double> rate = {}, eta = {};
};

constexpr double day = 86400, hour = 3600;
const Said said[] = {
    {" 17%|", 448, 2604, {}, {}, 1 / 54.28, 32 * hour + 30 * 60 + 27},
    {"12it [", 12, {}, {}, {}, 1.71, {}},
    {"Epoch 80:", {}, {}},
    {"       7/50", 27, 60, {}, {}, 2, 16.5},
    {"Scanning", 120, {}, {}, {}, 15.3, {}},
    {"120/500", 120, 500, {}, {}, 1e3 / 12, 12},
    {"model.bin", 4'500'000, 8'600'000, {}, {}, 1.5e6, 3},
    {"Epoch 3/10 ━", 12, 100, {}, {}, 12.34, 30},
    {"Working...", {}, {}, {}, {}, {}, 83},
    {"2024-03-02 10:00:05,100", 50, 900, 2, {}, 2, day + 2 * hour + 3 * 60 + 4},
    {"03/02 10:00:05 - mmengine", 50, 40000, {}, {}, 2, 5 * hour + 32 * 60 + 55},
    {"[03/02 10:00:00 d2", 19, {}, {}, {}, 1 / 0.35, day + 30 * 60},
    {"[03/02 10:00:05] ppdet", 20, 732, 0, {}, 2.5, day + 2 * hour + 3 * 60 + 4},
    {"Epoch: [0]  [", 10, 59143, 0, {}, 1 / 0.6971, 11 * hour + 27 * 60 + 9},
    {"Train: 3 [", 50, 1251, 3, {}, 1 / 0.345, {}},
    {"Train: [3/300]", 10, 1251, 3, 300, 2, 1200},
    {" [2024-03-02", 10, 500000, {}, {}, 0.8, {}},
    {"[2023-03-02 10:00:05,123] [INFO] [timer", 10, {}, 0, {}, {}, {}},
    {"[2023-03-02 10:00:05,123] [INFO] [logging", 10, {}, {}, {}, {}, {}},
    {"2024-03-02 10:00:05 | INFO", 100, 1234, 1, {}, 8.5, {}},
    {"Train Epoch: 1", 6400, 60000, 1, {}, {}, {}},
    {"Epoch: [3][", 10, 5005, 3, {}, 1 / 0.345, {}},
    {"| epoch   1", 200, 2983, 1, {}, 80, {}},
    {"===> Epoch[2]", 15, 50, 2, {}, {}, {}},
    {"Sat Mar  2", 4000, 82783, 1, {}, {}, {}},
    {"loss: 2.303494", 6464, 60000, {}, {}, {}, {}},
    {"[1,  2000]", 2000, {}, 1, {}, {}, {}},
    {"epoch: 1/300", 10, 1849, 1, 300, 2, 3 * day + 5 * hour + 3 * 60 + 4},
    {"[epoch=1/3]", 20, 937, 1, 3, {}, {}},
    {"120:\tlearn", 120, {}, {}, {}, {}, 25.4},
    {"[12]\ttrain", 12, {}, {}, {}, {}, {}},
    {"[>>>>", 3217, 3849, {}, {}, 4, 157},
    {"stage 0", 505, 3272, {}, {}, {}, 27 * 60 + 39},
    {"| epoch 011", 1000, 8223, 11, {}, {}, {}},
    {"Epoch  1, 13300", 13300, 37527, 1, {}, {}, {}},
    {"2023-01-05", 99, 323, 1, 3, {}, {}},
    {"2020-08-15", 20400, {}, 210, {}, 1 / 0.377, day + 18 * hour + 10 * 60 + 2},
    {"[gpu01", 1364, {}, 1, {}, {}, {}},
    {"[  0]     620", 620, {}, 0, {}, 1 / 1.257, 2 * day + 4 * hour + 16 * 60 + 14},
    {"|    total", 20480, {}, {}, {}, {}, {}},
    {"[3/25][50", 50, 1583, 3, 25, {}, {}},
};

TEST(ProgressFormats, EachReadsItsExample) {
  ASSERT_EQ(std::size(said), progress_formats().size());
  for (const ProgressFormat& format : progress_formats()) {
    const auto expected =
        std::ranges::find_if(said, [&](const Said& one) { return format.example.starts_with(one.begin); });
    ASSERT_NE(expected, std::end(said)) << format.example;
    const std::optional<ProgressLine> found = read_format(format.example);
    ASSERT_TRUE(found) << format.framework << ": " << format.example;
    const Progress& progress = found->progress;
    EXPECT_EQ(progress.step, expected->step) << format.example;
    EXPECT_EQ(progress.total, expected->total) << format.example;
    EXPECT_EQ(progress.epoch, expected->epoch) << format.example;
    EXPECT_EQ(progress.epochs, expected->epochs) << format.example;
    EXPECT_NEAR(progress.rate_per_second.value_or(-1), expected->rate.value_or(-1), 1e-6) << format.example;
    EXPECT_NEAR(progress.eta_seconds.value_or(-1), expected->eta.value_or(-1), 1e-6) << format.example;
    EXPECT_EQ(progress.unit, format.unit) << format.example;
    EXPECT_EQ(progress.eta_of_run, expected->eta && format.eta == ProgressFormat::Eta::of_run) << format.example;
  }
}

TEST(ProgressFormats, NoneTakesTheLineOfAnother) {
  for (std::size_t i = 0; i < progress_formats().size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const auto earlier = Regex::compile(progress_formats()[j].pattern);
      ASSERT_TRUE(earlier) << progress_formats()[j].pattern;
      EXPECT_FALSE(earlier->search(progress_formats()[i].example))
          << progress_formats()[j].framework << " reads: " << progress_formats()[i].example;
    }
  }
}

TEST(ProgressFormats, MetricsAreRead) {
  EXPECT_DOUBLE_EQ(read_format("Epoch [2][50/900]\tlr: 0.00100, eta: 1 day, 2:03:04, time: 0.500, loss: 1.2500")
                       ->progress.metrics.at("loss"),
                   1.25);
  EXPECT_DOUBLE_EQ(read_format("Train Epoch: 1 [6400/60000 (11%)]\tLoss: 0.250000")->progress.metrics.at("Loss"), 0.25);
}

}  // namespace
}  // namespace vigie::keep
