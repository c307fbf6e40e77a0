#include "wire/progress_json.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include <nlohmann/json.hpp>

#include "wire/json_text.hpp"

namespace vigie::wire {
namespace {

nlohmann::json written(const Progress& progress) {
  std::string text;
  JsonWriter json(text);
  put_progress(json, progress);
  return parse_json(text);
}

TEST(ProgressJson, NumbersThatAreNoneComeBackAsWhatTheyAre) {
  Progress progress;
  progress.metrics = {{"loss", std::numeric_limits<double>::quiet_NaN()},
                      {"up", std::numeric_limits<double>::infinity()},
                      {"down", -std::numeric_limits<double>::infinity()},
                      {"acc", 0.5}};
  const Progress read = progress_from_json(written(progress));
  EXPECT_EQ(read.metrics.size(), 4U);
  EXPECT_TRUE(std::isnan(read.metrics.at("loss")));
  EXPECT_EQ(read.metrics.at("up"), std::numeric_limits<double>::infinity());
  EXPECT_EQ(read.metrics.at("down"), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(written(progress)["metrics"].size(), 1U) << "an older reader knows numbers alone";
  EXPECT_TRUE(progress_from_json(nlohmann::json{{"metrics_not_finite", 7}}).metrics.empty());
}

TEST(ProgressJson, WhatIsNotKnownIsNotWritten) {
  EXPECT_EQ(written({}).size(), 3U);
  Progress progress;
  progress.eta_of_run = true;
  progress.unit = "img";
  progress.longest_gap_seconds = 0;
  const Progress read = progress_from_json(written(progress));
  EXPECT_TRUE(read.eta_of_run);
  EXPECT_EQ(read.unit, "img");
  EXPECT_EQ(read.longest_gap_seconds, 0);
  EXPECT_FALSE(read.step);
}

TEST(ProgressJson, WhatWasReadBeforeADamagedPartStands) {
  EXPECT_EQ(progress_from_json(nlohmann::json{{"line", "3/10"}, {"step", "three"}}).line, "3/10");
}

}  // namespace
}  // namespace vigie::wire
