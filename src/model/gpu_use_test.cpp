#include "model/gpu_use.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace vigie {
namespace {

GpuClient client(pid_t pid, std::uint64_t bytes, double busy) {
  return {.pid = pid, .memory_bytes = bytes, .busy_percent = busy};
}

/// A frame of these GPUs, numbered from 0, and of processes 10, 11, 12, ...
Frame frame_of(std::vector<GpuSample> gpus, std::size_t processes = 2) {
  Snapshot snapshot;
  for (std::size_t at = 0; at < gpus.size(); ++at) {
    gpus[at].index = static_cast<unsigned>(at);
    gpus[at].uuid = "GPU-" + std::to_string(at);
  }
  snapshot.gpus = std::move(gpus);
  for (std::size_t at = 0; at < processes; ++at)
    snapshot.processes.emplace_back().id = {static_cast<pid_t>(10 + at), 1};
  Frame frame;
  frame.snapshot = std::make_shared<const Snapshot>(std::move(snapshot));
  return frame;
}

GpuSample with(std::vector<GpuClient> clients) {
  GpuSample gpu;
  gpu.clients = std::move(clients);
  return gpu;
}

TEST(GpuUse, IsTheSumOfItsProcessesOnAllGpus) {
  const Frame frame =
      frame_of({with({client(10, 100, 30), client(99, 7, 7)}), with({}), with({client(11, 50, 20), client(10, 1, 5)})});
  const pid_t pids[] = {10, 11};
  const GpuUse use = gpu_use_of(frame, pids);
  EXPECT_EQ(use.memory_bytes, 151U);
  EXPECT_EQ(use.busy_percent, 55.0);
  EXPECT_EQ(use.gpus, (std::vector<std::size_t>{0, 2})) << "each once";
}

TEST(GpuUse, OfProcessesOnNoneIsNothingAndOfUnreadGpusNotKnown) {
  const pid_t pids[] = {12};
  const GpuUse use = gpu_use_of(frame_of({with({client(10, 100, 30)})}), pids);
  EXPECT_EQ(use.memory_bytes, 0U);
  EXPECT_EQ(use.busy_percent, 0.0);
  EXPECT_TRUE(use.gpus.empty());
  Frame blind = frame_of({});
  Snapshot snapshot = *blind.snapshot;
  snapshot.gpus = Presence::denied;
  blind.snapshot = std::make_shared<const Snapshot>(snapshot);
  EXPECT_EQ(gpu_use_of(blind, pids).memory_bytes.presence(), Presence::denied);
  EXPECT_FALSE(has_gpus(blind));
  EXPECT_FALSE(has_gpus(frame_of({})));
  EXPECT_TRUE(has_gpus(frame_of({with({})})));
}

TEST(GpuUse, WhatIsNotToldOfOneProcessIsNotZero) {
  GpuClient untold{.pid = 10};
  untold.memory_bytes = Presence::denied;
  untold.busy_percent = Presence::unsupported;
  const pid_t pids[] = {10, 11};
  const GpuUse alone = gpu_use_of(frame_of({with({untold})}), pids);
  EXPECT_EQ(alone.memory_bytes.presence(), Presence::denied);
  EXPECT_EQ(alone.busy_percent.presence(), Presence::unsupported);
  const GpuUse beside = gpu_use_of(frame_of({with({client(11, 5, 6), untold})}), pids);
  EXPECT_EQ(beside.memory_bytes, 5U) << "what is known of the other stays";
  EXPECT_EQ(beside.busy_percent, 6.0);
}

TEST(GpuUse, ARateOverTheIntervalComesBeforeWhatTheDriverSaidLast) {
  Frame frame = frame_of({with({client(10, 1, 30)})});
  frame.delta.gpu.gpus.emplace_back().client_busy_percent = {80.0};
  const pid_t pids[] = {10};
  EXPECT_EQ(gpu_use_of(frame, pids).busy_percent, 80.0);
  frame.delta.gpu.gpus[0].client_busy_percent.clear();
  EXPECT_EQ(gpu_use_of(frame, pids).busy_percent, 30.0);
}

TEST(GpuUse, ARunsGpusAreAlsoThoseThatItWasPromised) {
  const Frame frame = frame_of({with({}), with({client(10, 1, 1)}), with({}), with({})});
  vigie::Run run;
  run.members = {{.process = 0}};
  run.gpus = {"GPU-0", "GPU-1", "GPU-elsewhere"};
  EXPECT_EQ(gpu_use_of(frame, run).gpus, (std::vector<std::size_t>{0, 1}));
  run.state = RunState::failed;
  EXPECT_EQ(gpu_use_of(frame, run).gpus, (std::vector<std::size_t>{1})) << "they were given back with its end";
}

TEST(GpuNumbers, ThreeInARowAreARange) {
  std::vector<GpuSample> eight(8);
  eight[7].vendor = GpuVendor::amd;
  const Frame frame = frame_of(eight);
  EXPECT_EQ(gpu_numbers(frame, {}), "");
  EXPECT_EQ(gpu_numbers(frame, {0, 1}), "0,1") << "two are none";
  EXPECT_EQ(gpu_numbers(frame, {0, 1, 2}), "0-2");
  EXPECT_EQ(gpu_numbers(frame, {0, 1, 2, 3, 6}), "0-3,6");
  EXPECT_EQ(gpu_numbers(frame, {0, 2, 3, 4}), "0,2-4");
  EXPECT_EQ(gpu_numbers(frame, {4, 5, 6, 7}), "4-6,amd7") << "of one vendor";
}

}  // namespace
}  // namespace vigie
