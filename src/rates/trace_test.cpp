#include "rates/trace.hpp"

#include <gtest/gtest.h>

namespace vigie {
namespace {

TracedCall call(const char* name, std::initializer_list<std::int64_t> durations) {
  TracedCall one;
  one.name = name;
  for (const std::int64_t duration : durations) {
    ++one.calls;
    one.total_ns += duration;
    one.max_ns = std::max(one.max_ns, duration);
    one.durations.add(duration);
  }
  return one;
}

TEST(TraceRates, SharesAreOfTheTimeOfAllCalls) {
  CallTrace trace;
  trace.seconds = 2;
  trace.calls = {call("read", {100, 200}), call("futex", {})};
  trace.calls[1].unfinished = 1;
  trace.calls[1].unfinished_ns = trace.calls[1].max_ns = 700;
  trace.files.push_back({.path = "/data", .calls = 2, .total_ns = 300, .max_ns = 200, .unfinished_ns = 100});
  const TraceRates rates = trace_rates(trace);
  ASSERT_EQ(rates.calls.size(), 2U);
  EXPECT_DOUBLE_EQ(rates.calls[0].calls_per_second, 1);
  EXPECT_DOUBLE_EQ(rates.calls[0].time_percent, 30);
  EXPECT_DOUBLE_EQ(*rates.calls[0].mean_ns, 150);
  EXPECT_DOUBLE_EQ(*rates.calls[0].p99_ns, 200);
  EXPECT_DOUBLE_EQ(rates.calls[1].time_percent, 70);
  EXPECT_DOUBLE_EQ(rates.files[0].time_percent, 40);
  EXPECT_DOUBLE_EQ(*rates.files[0].mean_ns, 150);
}

TEST(TraceRates, OfNothingThereIsNoShare) {
  CallTrace trace;
  trace.seconds = 0;
  trace.calls = {call("read", {0})};
  trace.files.push_back({.path = "/data", .calls = 0});
  const TraceRates rates = trace_rates(trace);
  EXPECT_EQ(rates.calls[0].calls_per_second, 0);
  EXPECT_EQ(rates.calls[0].time_percent, 0);
  EXPECT_FALSE(rates.files[0].mean_ns);
  trace.seconds = 0.5;
  EXPECT_EQ(trace_rates(trace).calls[0].calls_per_second, 2);
}

TEST(TraceRates, WhatNeverReturnedHasNoMean) {
  CallTrace trace;
  trace.seconds = 2;
  trace.calls = {call("futex", {})};
  trace.calls[0].unfinished_ns = 5;
  EXPECT_EQ(trace_rates(trace).calls[0].mean_ns.presence(), Presence::unknown);
  EXPECT_TRUE(trace_rates({}).calls.empty());
}

}  // namespace
}  // namespace vigie
