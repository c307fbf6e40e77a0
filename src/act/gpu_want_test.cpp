#include "act/gpu_want.hpp"

#include <gtest/gtest.h>

namespace vigie::act {
namespace {

std::vector<GpuSample> four() {
  std::vector<GpuSample> gpus(4);
  for (unsigned at = 0; at < 4; ++at) {
    gpus[at].index = at;
    gpus[at].uuid = std::string("GPU-") + (at < 2 ? "aa" : "bb") + std::to_string(at);
  }
  return gpus;
}

TEST(GpuOption, ANumberIsHowMany) {
  const auto want = parse_gpus("2", four());
  ASSERT_TRUE(want);
  EXPECT_EQ(want->count, 2U);
  EXPECT_TRUE(want->uuids.empty());
}

TEST(GpuOption, AListIsWhich) {
  const auto want = parse_gpus("3,GPU-aa0,3", four());
  ASSERT_TRUE(want);
  EXPECT_EQ(want->uuids, (std::vector<std::string>{"GPU-bb3", "GPU-aa0"}));
  EXPECT_EQ(want->count, 2U);
  EXPECT_EQ(parse_gpus("0,", four())->uuids, (std::vector<std::string>{"GPU-aa0"}));
}

TEST(GpuOption, WhatTheHostDoesNotHaveIsNamed) {
  EXPECT_EQ(parse_gpus("5", four()).error().message, "cannot give it 5 GPUs: this host has 4");
  EXPECT_EQ(parse_gpus("0,9", four()).error().kind, ErrorKind::no_target);
  EXPECT_EQ(parse_gpus("GPU-aa", four()).error().kind, ErrorKind::usage) << "two begin so";
  for (const char* text : {"0", "", ",", "1,,2"}) EXPECT_EQ(parse_gpus(text, four()).error().kind, ErrorKind::usage);
}

TEST(GpuOption, WhatCannotBeUsedHereIsNotWaitedFor) {
  std::vector<GpuSample> gpus = four();
  gpus[1].state = GpuState::denied;
  gpus[1].uuid.clear();
  gpus[3].state = GpuState::needs_reset;
  EXPECT_EQ(parse_gpus("2", gpus)->count, 2U);
  EXPECT_EQ(parse_gpus("3", gpus).error().message,
            "cannot give it 3 GPUs: this host has 4, of which 2 can be used here");
  EXPECT_EQ(parse_gpus("0,1", gpus).error().message, "cannot give it GPU 1: denied; `vigie gpu` says more");
  EXPECT_EQ(parse_gpus("0,1", gpus).error().kind, ErrorKind::denied);
  EXPECT_EQ(parse_gpus("3,", gpus).error().kind, ErrorKind::failed);
  gpus[3].state = GpuState::asleep;
  EXPECT_TRUE(parse_gpus("3", gpus)) << "one that sleeps wakes up for it";
}

}  // namespace
}  // namespace vigie::act
