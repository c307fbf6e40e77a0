#include "sources/gpu/nvml_values.hpp"

#include <gtest/gtest.h>

#include <initializer_list>

namespace vigie::gpu::nvml {
namespace {

GpuState after(std::initializer_list<Return> results) {
  Answers answers;
  for (const Return result : results) answers.note(result);
  return answers.state();
}

TEST(NvmlValues, OneCallThatFailsLeavesTheCardWorking) {
  EXPECT_EQ(after({}), GpuState::working);
  EXPECT_EQ(after({success, unknown, success}), GpuState::working);
  EXPECT_EQ(after({no_permission, success}), GpuState::working) << "some values are for root alone";
  EXPECT_EQ(after({not_supported, function_not_found, not_found}), GpuState::working) << "a card that tells little";
}

TEST(NvmlValues, ACardThatAnswersNothingSaysWhy) {
  EXPECT_EQ(after({not_supported, reset_required, reset_required}), GpuState::needs_reset);
  EXPECT_EQ(after({unknown, timeout}), GpuState::unopened);
  EXPECT_EQ(after({unknown, no_permission}), GpuState::denied);
  EXPECT_EQ(after({insufficient_power, unknown}), GpuState::unpowered);
}

TEST(NvmlValues, LossAndResetAreBelievedOfOneCall) {
  EXPECT_EQ(after({success, reset_required, success}), GpuState::needs_reset);
  EXPECT_EQ(after({success, gpu_is_lost, reset_required}), GpuState::lost);
}

TEST(NvmlValues, WhatIsNoPercentageIsAbsent) {
  EXPECT_EQ(percent_of(100), 100.0);
  EXPECT_EQ(percent_of(101).presence(), Presence::unknown);
  EXPECT_EQ(percent_of(~0U).presence(), Presence::unsupported);
}

TEST(NvmlValues, ALimitOfNothingIsNone) {
  EXPECT_EQ(limit_of(Reading<unsigned>(315'000U)), 315.0);
  EXPECT_EQ(limit_of(Reading<unsigned>(0U)).presence(), Presence::unsupported);
  EXPECT_EQ(limit_of(Reading<unsigned>(Presence::denied)).presence(), Presence::denied);
}

TEST(NvmlValues, AChipAtZeroDegreesIsNotMeasured) {
  EXPECT_EQ(temperature_of(Reading<unsigned>(0U)).presence(), Presence::unsupported);
  EXPECT_EQ(temperature_of(Reading<unsigned>(1U)), 1.0);
  EXPECT_EQ(temperature_of(Reading<unsigned>(255U)).presence(), Presence::unsupported);
  EXPECT_EQ(temperature_of(Reading<unsigned>(Presence::denied)).presence(), Presence::denied);
}

}  // namespace
}  // namespace vigie::gpu::nvml
