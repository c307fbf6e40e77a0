#include "sources/gpu/xid_history.hpp"

#include <gtest/gtest.h>

namespace vigie::gpu::nvml {
namespace {

Instant at(double seconds) {
  return {.boot_ns = static_cast<std::int64_t>(seconds * nanoseconds_per_second), .wall_ns = 0};
}

class Xids : public testing::Test {
 protected:
  Reading<unsigned> leading(double seconds) {
    history_.tell(gpu_, at(seconds));
    return gpu_.xid;
  }

  XidHistory history_;
  GpuSample gpu_;
};

TEST_F(Xids, NoneIsAbsent) {
  EXPECT_FALSE(leading(0));
  EXPECT_FALSE(gpu_.xids);
}

TEST_F(Xids, WhatFollowsInABurstDoesNotReplaceItsFirst) {
  history_.note(62, at(1));
  for (int channel = 0; channel < 40; ++channel) history_.note(45, at(1 + 0.1 * channel));
  history_.note(154, at(6));
  EXPECT_EQ(leading(7), 62U);
  EXPECT_EQ(gpu_.xids, (std::vector<unsigned>{62, 45, 154}));
}

TEST_F(Xids, AProgramsErrorOfAnotherBurstIsANewFirst) {
  history_.note(13, at(0));
  history_.note(43, at(9));
  EXPECT_EQ(leading(10), 13U) << "one burst: 9 s are no quiet";
  history_.note(31, at(60));
  EXPECT_EQ(leading(60), 31U);
  history_.note(45, at(90));
  EXPECT_EQ(leading(90), 31U) << "45 says nothing of its own, ever";
}

TEST_F(Xids, AProgramsErrorIsHistoryAfterTenMinutesAndTheHardwaresIsNot) {
  history_.note(31, at(0));
  EXPECT_EQ(leading(599), 31U);
  EXPECT_FALSE(leading(600));
  history_.note(48, at(1000));
  history_.note(45, at(1001));
  EXPECT_EQ(leading(100'000), 48U);
  EXPECT_EQ(gpu_.xids, (std::vector<unsigned>{48, 45}));
  history_.note(31, at(200'000));
  EXPECT_EQ(leading(200'000), 48U) << "the hardware failed first, and was not reset";
  EXPECT_EQ(gpu_.xids, (std::vector<unsigned>{48, 45, 31}));
  history_.note(79, at(200'100));
  EXPECT_EQ(leading(200'100), 48U);
}

TEST_F(Xids, ALongerBurstIsOldWhenItsLastErrorIs) {
  for (int time = 0; time <= 700; time += 5) history_.note(31, at(time));
  EXPECT_EQ(leading(1200), 31U);
  EXPECT_FALSE(leading(1300));
}

TEST_F(Xids, AResetBeginsAnew) {
  history_.note(79, at(0));
  history_.forget();
  EXPECT_FALSE(leading(1));
}

TEST_F(Xids, AnErrorThatComesForMonthsTakesNoMoreRoom) {
  for (int day = 0; day < 90; ++day) {
    for (unsigned xid = 200; xid < 240; ++xid) history_.note(xid, at(86'400.0 * day));
    EXPECT_EQ(leading(86'400.0 * day), 200U);
    EXPECT_EQ(gpu_.xids->size(), 40U);
  }
}

}  // namespace
}  // namespace vigie::gpu::nvml
