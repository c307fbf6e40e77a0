#include "views/stat_request.hpp"

#include <gtest/gtest.h>

namespace vigie::views {
namespace {

TEST(StatRequest, GroupsComeBeforeTheTimes) {
  const StatRequest request = *stat_request({.words = {"cpu", "mem", "cpu", "2", "10"}});
  EXPECT_EQ(request.groups.size(), 2U) << "each once";
  EXPECT_EQ(request.interval_seconds, 2);
  EXPECT_EQ(request.count, 10U);
  EXPECT_EQ(request.rows, StatRows::host);
}

TEST(StatRequest, AnIntervalMeansUntilItIsInterrupted) {
  EXPECT_EQ(stat_request({})->count, 1U);
  EXPECT_EQ(stat_request({.words = {"1"}})->count, 0U);
  EXPECT_EQ(stat_request({.again = true})->count, 0U);
  EXPECT_EQ(stat_request({.again = true, .again_seconds = "3"})->interval_seconds, 3);
  EXPECT_EQ(stat_request({.words = {"1", "2"}, .again = true})->count, 2U);
}

TEST(StatRequest, AGroupWhoseThingsCanBeToldApartHasARowForEach) {
  EXPECT_EQ(stat_request({.words = {"disk"}})->rows, StatRows::disks);
  EXPECT_EQ(stat_request({.words = {"net"}})->rows, StatRows::interfaces);
  EXPECT_EQ(stat_request({.words = {"gpu"}})->rows, StatRows::gpus);
  EXPECT_EQ(stat_request({.words = {"disk", "net"}})->rows, StatRows::host);
  EXPECT_EQ(stat_request({.per_core = true})->rows, StatRows::cpus);
  EXPECT_EQ(stat_request({.words = {"cpu"}, .per_core = true})->rows, StatRows::cpus);
  EXPECT_EQ(stat_request({.words = {"mem"}, .per_core = true}).error().kind, ErrorKind::usage);
}

TEST(StatRequest, OnlyWhatIsShownIsRead) {
  EXPECT_FALSE(stat_request({.words = {"mem"}})->parts().has(sys::Part::disks));
  EXPECT_TRUE(stat_request({.words = {"all"}})->parts().has(sys::Part::disks));
  EXPECT_TRUE(stat_request({.words = {"all"}})->asks_gpus());
  EXPECT_FALSE(stat_request({.words = {"cpu"}})->asks_gpus());
  EXPECT_TRUE(stat_request({.per_core = true})->parts().has(sys::Part::each_cpu));
}

TEST(StatRequest, WhatMakesNoSenseIsRefused) {
  using Words = std::vector<std::string>;
  for (const Words& words : {Words{"cpus"}, Words{"cpu", "0"}, Words{"cpu", "1", "0"}, Words{"cpu", "1", "x"},
                             Words{"cpu", "1", "2", "3"}, Words{"1", "cpu"}})
    EXPECT_EQ(stat_request({.words = words}).error().kind, ErrorKind::usage) << words.back();
}

}  // namespace
}  // namespace vigie::views
