#include "views/gpu_trace.hpp"

#include <gtest/gtest.h>
#include <memory>

namespace vigie::views {
namespace {

GpuSample card() {
  GpuSample gpu;
  gpu.vendor = GpuVendor::nvidia;
  gpu.index = 0;
  gpu.uuid = "GPU-a";
  gpu.driver = "550.1";
  return gpu;
}

Frame frame_of(std::vector<GpuSample> gpus, double seconds) {
  Snapshot snapshot;
  snapshot.before.boot_ns = 1000 + static_cast<std::int64_t>(seconds * nanoseconds_per_second);
  snapshot.gpus = std::move(gpus);
  Frame frame;
  frame.snapshot = std::make_shared<const Snapshot>(std::move(snapshot));
  return frame;
}

TEST(GpuTrace, BeginsWithItsHeadAndCountsTimeFromThere) {
  GpuTrace trace;
  const std::string first = trace.lines_of(frame_of({card()}, 0));
  EXPECT_TRUE(first.starts_with(R"({"driver": "550.1", "source": "recorded by vigie )")) << first;
  EXPECT_TRUE(first.contains(R"("time": 0,)")) << first;
  const std::string second = trace.lines_of(frame_of({card()}, 1.5));
  EXPECT_FALSE(second.contains("driver")) << second;
  EXPECT_TRUE(second.contains(R"("time": 1.5,)")) << second;
}

TEST(GpuTrace, NumbersAreInTheUnitsOfTheDriver) {
  GpuSample gpu = card();
  gpu.power_watts = 71.5;
  gpu.sm_clock_hertz = 1.98e9;
  gpu.memory_total_bytes = 100;
  gpu.memory_used_bytes = 40;
  const std::string line = GpuTrace().lines_of(frame_of({gpu}, 0));
  EXPECT_TRUE(line.contains(R"("power_mw": 71500,)")) << line;
  EXPECT_TRUE(line.contains(R"("clocks": [1980, null],)")) << line;
  EXPECT_TRUE(line.contains(R"("memory": [100, null, 40],)")) << line;
  EXPECT_FALSE(line.contains("temperature")) << "what is not told is left out";
}

TEST(GpuTrace, WhatIsNotToldAnyMoreIsNull) {
  GpuTrace trace;
  GpuSample gpu = card();
  gpu.fan_percent = 30;
  (void)trace.lines_of(frame_of({gpu}, 0));
  EXPECT_TRUE(trace.lines_of(frame_of({card()}, 1)).contains(R"("fan": null)"));
  EXPECT_FALSE(trace.lines_of(frame_of({card()}, 2)).contains("fan"));
}

TEST(GpuTrace, AnErrorIsWrittenOnce) {
  GpuTrace trace;
  GpuSample gpu = card();
  gpu.xids = std::vector<unsigned>{31};
  EXPECT_TRUE(trace.lines_of(frame_of({gpu}, 0)).contains(R"("xid": [31])"));
  gpu.xids = std::vector<unsigned>{31, 79};
  EXPECT_TRUE(trace.lines_of(frame_of({gpu}, 1)).contains(R"("xid": [79])"));
  EXPECT_FALSE(trace.lines_of(frame_of({gpu}, 2)).contains("xid"));
}

TEST(GpuTrace, OldValuesAndCardsOfOthersAreLeftOut) {
  GpuSample late = card();
  late.age_seconds = 3;
  GpuSample other = card();
  other.vendor = GpuVendor::amd;
  GpuTrace trace;
  (void)trace.lines_of(frame_of({card()}, 0));
  EXPECT_EQ(trace.lines_of(frame_of({late, other}, 1)), "");
}

}  // namespace
}  // namespace vigie::views
