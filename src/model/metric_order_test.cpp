#include "model/metric_order.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace vigie {
namespace {

TEST(MetricOrder, TheLossThenItsPartsThenTheRate) {
  const std::map<std::string, double> metrics = {{"acc", 90},        {"data_time", 0.1}, {"loss", 0.9},
                                                 {"loss_bbox", 0.2}, {"lr", 0.1},        {"memory", 4000}};
  std::string names;
  for (const auto& [name, value] : foremost_first(metrics)) names += name + " ";
  EXPECT_EQ(names, "loss acc loss_bbox lr data_time memory ");
}

TEST(MetricOrder, KeepsTheForemost) {
  std::map<std::string, double> metrics = {{"a", 1}, {"b", 1}, {"total_loss", 1}};
  keep_foremost(metrics, 2);
  EXPECT_TRUE(metrics.contains("total_loss"));
  EXPECT_EQ(metrics.size(), 2U);
}

TEST(MetricOrder, NumbersThatAreNone) {
  EXPECT_EQ(text_of_not_finite(std::numeric_limits<double>::quiet_NaN()), "nan");
  EXPECT_EQ(text_of_not_finite(-std::numeric_limits<double>::infinity()), "-inf");
}

}  // namespace
}  // namespace vigie
