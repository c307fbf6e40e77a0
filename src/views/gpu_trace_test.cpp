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

TEST(GpuTrace, WhySlowAndWhichRowsAreInTheDriversNumbers) {
  GpuSample gpu = card();
  gpu.throttle = std::uint8_t{1 | 2 | 4 | 8 | 16};
  gpu.remapped_rows = std::uint64_t{5};
  gpu.remap_failed = true;
  gpu.recovery = GpuRecovery::reset;
  gpu.sm_active_percent = 40.0;
  gpu.gpm_pcie_sent_per_second = 3.0 * (1 << 20);
  const std::string line = GpuTrace().lines_of(frame_of({gpu}, 0));
  EXPECT_TRUE(line.contains(R"("reasons": 236,)")) << line;  // 0x4 | 0x8 | 0x20 | 0x40 | 0x80
  EXPECT_TRUE(line.contains(R"("remapped": [5, 0, 0, 1],)")) << line;
  EXPECT_TRUE(line.contains(R"("230": 1)")) << line;
  EXPECT_TRUE(line.contains(R"("gpm": {"2": 40, "20": 3})")) << line;
}

TEST(GpuTrace, ProcessesAndInstancesAreThoseOfTheCard) {
  GpuSample gpu = card();
  GpuClient client{.pid = 10, .instance = 2, .memory_bytes = std::uint64_t{7}};
  client.busy_percent = 3.0;
  gpu.clients = std::vector<GpuClient>{client, {.pid = 11, .work = GpuWork::graphics}};
  gpu.mig = true;
  gpu.instances = {{.number = 2,
                    .uuid = "MIG-b",
                    .name = "1g",
                    .memory_total_bytes = std::uint64_t{9},
                    .memory_used_bytes = std::uint64_t{7}}};
  const std::string line = GpuTrace().lines_of(frame_of({gpu}, 0));
  EXPECT_TRUE(line.contains(R"("processes": [{"pid": 10, "kind": "compute", "memory": 7, "sm": 3, "instance": 2}, )"
                            R"({"pid": 11, "kind": "graphics"}])"))
      << line;
  EXPECT_TRUE(line.contains(R"("mig": [{"instance": 2, "uuid": "MIG-b", "name": "1g", "memory": [9, 0, 7]}])")) << line;
}

TEST(GpuTrace, ACardThatDoesNotWorkSaysHow) {
  const auto line = [](GpuState state) {
    GpuSample gpu = card();
    gpu.state = state;
    return GpuTrace().lines_of(frame_of({gpu}, 0));
  };
  EXPECT_TRUE(line(GpuState::lost).contains(R"("lost": true)"));
  EXPECT_TRUE(line(GpuState::needs_reset).contains(R"("needs_reset": true)"));
  EXPECT_TRUE(line(GpuState::denied).contains(R"("handle": 4)"));
  EXPECT_TRUE(line(GpuState::unpowered).contains(R"("handle": 8)"));
  EXPECT_TRUE(line(GpuState::unopened).contains(R"("handle": 999)"));
  EXPECT_FALSE(line(GpuState::working).contains("handle"));
}

}  // namespace
}  // namespace vigie::views
