// What a device makes of a driver that refuses, forgets, is shared, or tells odd things.
#include "sources/gpu/nvml_device.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <tuple>
#include <utility>

#include "sources/gpu/nvml_test.hpp"

namespace vigie::gpu::nvml {
namespace {

class NvmlDevices : public Nvml {};

TEST_F(NvmlDevices, EachRefusalOfAHandleIsAStateOfItsOwn) {
  for (const auto& [error, state, why] :
       {std::tuple{4, GpuState::denied, Presence::denied}, std::tuple{15, GpuState::lost, Presence::unknown},
        std::tuple{8, GpuState::unpowered, Presence::unknown}, std::tuple{16, GpuState::needs_reset, Presence::unknown},
        std::tuple{999, GpuState::unopened, Presence::unknown}}) {
    play_lines({line(0, 0, working), line(0, 1, working), line(0, 1, fmt::format(R"("handle": {})", error))});
    Session session(root());
    set_clock(0);
    const auto gpus = session.pass(at(0));
    ASSERT_TRUE(gpus);
    ASSERT_EQ(gpus->size(), 2);
    EXPECT_EQ((*gpus)[0].state, GpuState::working);
    EXPECT_EQ((*gpus)[1].state, state) << error;
    EXPECT_EQ((*gpus)[1].index, 1U) << "it is counted";
    EXPECT_EQ((*gpus)[1].memory_used_bytes.presence(), why);
    EXPECT_EQ((*gpus)[1].clients.presence(), why);
    EXPECT_FALSE(is_free((*gpus)[1]));
  }
}

TEST_F(NvmlDevices, ARefusedHandleIsAskedForAgainEveryMinute) {
  play_lines({line(0, 0, working), line(0, 0, R"("handle": 4)"), line(5, 0, R"("handle": 0)")});
  Session session(root());
  EXPECT_EQ(look(session, 0).state, GpuState::denied);
  EXPECT_EQ(look(session, 59).state, GpuState::denied) << "not at every look: a driver has better things to do";
  const GpuSample gpu = look(session, 60);
  EXPECT_EQ(gpu.state, GpuState::working);
  EXPECT_EQ(gpu.name, "NVIDIA H100");
  EXPECT_EQ(gpu.power_watts, 500.0);
}

TEST_F(NvmlDevices, ARefusedCardIsNamedByWhatTheKernelTells) {
  const std::filesystem::path host = std::filesystem::path(directory_) / "host";
  for (const char* card : {"0000:18:00.0", "0000:3a:00.0", "0000:3a:00.1"}) {
    const std::filesystem::path device = host / "sys/bus/pci/devices" / card;
    std::filesystem::create_directories(device);
    std::ofstream(device / "vendor") << "0x10de\n";
    std::ofstream(device / "class") << (device.extension() == ".1" ? "0x040300\n" : "0x030200\n");
  }
  const std::filesystem::path told = host / "proc/driver/nvidia/gpus/0000:3a:00.0";
  std::filesystem::create_directories(told);
  std::ofstream(told / "information") << "Model: \t\t NVIDIA H100\nGPU UUID: \t GPU-1\nBus Location: \t 0000:3a:00.0\n";
  play_lines({line(0, 0, working), line(0, 1, R"("handle": 4)")});
  Session session(*Root::open(host));
  set_clock(0);
  const auto gpus = session.pass(at(0));
  ASSERT_TRUE(gpus);
  EXPECT_EQ((*gpus)[1].pci, "0000:3a:00.0");
  EXPECT_EQ((*gpus)[1].name, "NVIDIA H100");
  EXPECT_EQ((*gpus)[1].uuid, "GPU-1");
  EXPECT_EQ((*gpus)[1].state, GpuState::denied);
}

TEST_F(NvmlDevices, ACardThatNeedsAResetSaysSoAndItsValuesComeBackWithIt) {
  play_lines({line(0, 0, working), line(0, 0, R"("xid": 48)"), line(1, 0, R"("needs_reset": true)"),
              line(9, 0, R"("needs_reset": false, "power_limit_mw": 400000)")});
  Session session(root());
  EXPECT_EQ(look(session, 0).state, GpuState::working);
  GpuSample gpu = look(session, 1);
  EXPECT_EQ(gpu.state, GpuState::needs_reset);
  EXPECT_EQ(gpu.name, "NVIDIA H100");
  EXPECT_EQ(gpu.xid, 48U);
  EXPECT_FALSE(gpu.power_watts);
  EXPECT_FALSE(gpu.power_limit_watts) << "what it was before is not known to be so now";
  EXPECT_FALSE(is_free(gpu));
  gpu = look(session, 9);
  EXPECT_EQ(gpu.state, GpuState::working);
  EXPECT_EQ(gpu.power_watts, 500.0);
  EXPECT_EQ(gpu.power_limit_watts, 400.0);
  EXPECT_FALSE(gpu.xid) << "the errors before the reset are history";
}

TEST_F(NvmlDevices, ACardOfWhichEveryCallFailsDoesNotWork) {
  std::string errors;
  for (const char* name : {"MemoryInfo_v2", "MemoryInfo", "UtilizationRates", "PowerUsage", "EnforcedPowerLimit",
                           "ClockInfo", "MaxClockInfo", "FieldValues", "TotalEccErrors", "ComputeRunningProcesses_v3"})
    errors += fmt::format(R"({}"nvmlDeviceGet{}": 999)", errors.empty() ? "" : ", ", name);
  play_lines({line(0, 0, working), line(0, 0, R"("errors": {)" + errors + "}")});
  Session session(root());
  EXPECT_EQ(look(session, 0).state, GpuState::unopened);
}

TEST_F(NvmlDevices, ValuesThatDisappearComeBackAtOnceAndNewOnesInAMinute) {
  play_lines({line(0, 0, working), line(1, 0, R"("power_mw": null, "utilization": null)"),
              line(2, 0, R"("power_mw": 90000, "utilization": [7, null], "temperature": 55)")});
  Session session(root());
  EXPECT_EQ(look(session, 0).power_watts, 500.0);
  GpuSample gpu = look(session, 1);
  EXPECT_EQ(gpu.power_watts.presence(), Presence::unsupported);
  EXPECT_EQ(gpu.busy_percent.presence(), Presence::unsupported);
  gpu = look(session, 2);
  EXPECT_EQ(gpu.power_watts, 90.0);
  EXPECT_EQ(gpu.busy_percent, 7.0);
  EXPECT_EQ(gpu.memory_busy_percent.presence(), Presence::unsupported);
  EXPECT_FALSE(gpu.temperature_celsius) << "what it has never told is not asked for all the time";
  EXPECT_EQ(look(session, 60).temperature_celsius, 55.0);
}

TEST_F(NvmlDevices, TheDefaultLimitIsToldBesideTheOneThatHolds) {
  play_lines({line(0, 0, working), line(0, 0, R"("power_default_mw": 650000)")});
  Session session(root());
  const GpuSample gpu = look(session, 0);
  EXPECT_EQ(gpu.power_limit_watts, 700.0);
  EXPECT_EQ(gpu.power_default_watts, 650.0);
}

TEST_F(NvmlDevices, AProcessWithoutASampleIsIdleOnlyOnACardThatIs) {
  const std::string other = R"("processes": [{"pid": 7, "memory": 9}])";
  play_lines({line(0, 0, working), line(0, 0, R"("processes": [{"pid": 7, "memory": 9, "sm": 80, "mem": 30}])"),
              line(1, 0, other), line(2, 0, other + R"(, "utilization": [0, 0])"),
              line(3, 0, R"("utilization": [90, 40], "processes": [{"pid": 7}, {"pid": 8, "sm": 85}])"),
              line(4, 0, R"("utilization": null)")});
  const auto use = [&](double seconds, std::size_t client = 0) {
    Session session(root());  // it remembers nothing of the second before
    const GpuSample gpu = look(session, seconds);
    return gpu.clients && gpu.clients->size() > client ? (*gpu.clients)[client].busy_percent : Reading<double>(-1.0);
  };
  EXPECT_EQ(use(0), 80.0);
  EXPECT_EQ(use(1).presence(), Presence::unknown) << "another program got the sample: who else keeps the GPU busy?";
  EXPECT_EQ(use(2), 0.0);
  EXPECT_EQ(use(3), 0.0) << "process 8 explains it";
  EXPECT_EQ(use(3, 1), 85.0);
  EXPECT_EQ(use(4).presence(), Presence::unknown);
  Session session(root());
  EXPECT_EQ(look(session, 0).clients->front().busy_percent, 80.0);
  EXPECT_EQ(look(session, 1).clients->front().busy_percent, 80.0) << "a sample is good for its period";
}

TEST_F(NvmlDevices, UseThatMayNotBeAskedForIsDeniedAndNotUnsupported) {
  for (const auto& [error, why] :
       {std::pair{4, Presence::denied}, {3, Presence::unsupported}, {999, Presence::unknown}}) {
    play_lines({line(0, 0, working),
                line(0, 0,
                     fmt::format(R"("processes": [{{"pid": 7}}], "errors": {{"nvmlDeviceGetProcessUtilization": {}}})",
                                 error))});
    Session session(root());
    EXPECT_EQ(look(session, 0).clients->front().busy_percent.presence(), why) << error;
  }
}

TEST_F(NvmlDevices, WhatTheHardwareCountsMayBeForRootAloneAndABitMoreThanAll) {
  const std::string counts = R"("gpm": {"2": 100.7, "5": 250.0, "10": 40.5})";
  play_lines({line(0, 0, working), line(0, 0, counts), line(1, 0, R"("errors": {"nvmlGpmSampleGet": 4})")});
  Session session(root());
  GpuSample gpu = look(session, 0);
  while (!gpu.dram_active_percent && gpu.dram_active_percent.presence() == Presence::first_sight)
    gpu = look(session, 0);
  EXPECT_EQ(gpu.sm_active_percent, 100.0);
  EXPECT_EQ(gpu.tensor_active_percent.presence(), Presence::unknown);
  EXPECT_EQ(gpu.dram_active_percent, 40.5);
  while (gpu.dram_active_percent) gpu = look(session, 1);
  EXPECT_EQ(gpu.dram_active_percent.presence(), Presence::denied);
  EXPECT_EQ(gpu.state, GpuState::working);
}

TEST_F(NvmlDevices, ErrorsOfTheOthersAreHeardBesideALostOne) {
  play_lines(
      {line(0, 0, working), line(0, 1, working), line(1, 1, R"("xid": 79, "lost": true)"), line(2, 0, R"("xid": 48)")});
  Session session(root());
  EXPECT_FALSE(look(session, 0).xid);
  EXPECT_FALSE(look(session, 1).xid);
  EXPECT_EQ(look(session, 2).xid, 48U);
  const auto gpus = session.pass(at(2));
  ASSERT_TRUE(gpus);
  EXPECT_EQ((*gpus)[1].xid, 79U);
}

TEST_F(NvmlDevices, AGpuOfTheProcessorHasTheHostsMemoryAndNoLink) {
  play_lines({line(0, 0, R"("name": "NVIDIA GB10", "utilization": [96, 0], "power_mw": 60000, "clocks": [2400, null],
    "temperature": 60, "pcie": [1, 1], "pcie_max": [1, 1], "processes": [{"pid": 7, "memory": 4096, "sm": 96}])")});
  Session session(root());
  const GpuSample gpu = look(session, 0);
  EXPECT_TRUE(gpu.shared_memory);
  EXPECT_EQ(gpu.memory_total_bytes.presence(), Presence::unsupported);
  EXPECT_EQ(gpu.clients->front().memory_bytes, std::uint64_t{4096});
  EXPECT_EQ(gpu.sm_clock_hertz, 2400e6);
  EXPECT_EQ(gpu.memory_clock_hertz.presence(), Presence::unsupported);
  EXPECT_EQ(gpu.pcie_width.presence(), Presence::unsupported) << "one lane of the first generation is none";
  EXPECT_EQ(gpu.pcie_generation_max.presence(), Presence::unsupported);
}

TEST_F(NvmlDevices, UnderWindowsZeroDegreesAndNoUseAreAbsent) {
  play_lines(
      {line(0, 0, R"("name": "NVIDIA GeForce GTX 1650 Ti", "wddm": true, "memory": [4096, 0, 132], "temperature": 0,
    "power_mw": 13000, "processes": [{"pid": 7, "memory": 100, "sm": 30}])")});
  Session session(root());
  const GpuSample gpu = look(session, 0);
  EXPECT_EQ(gpu.temperature_celsius.presence(), Presence::unsupported);
  EXPECT_EQ(gpu.busy_percent.presence(), Presence::unsupported);
  EXPECT_EQ(gpu.clients->front().busy_percent.presence(), Presence::unsupported);
  EXPECT_EQ(gpu.clients->front().memory_bytes.presence(), Presence::unsupported);
  EXPECT_EQ(gpu.state, GpuState::working);
  EXPECT_FALSE(gpu.shared_memory);
}

TEST_F(NvmlDevices, AProgramsErrorIsForgottenAfterTenMinutes) {
  play_lines({line(0, 0, working), line(0, 0, R"("xid": [13, 45])"), line(700, 0, R"("xid": 31)")});
  Session session(root());
  EXPECT_EQ(look(session, 0).xid, 13U);
  EXPECT_FALSE(look(session, 650).xid);
  EXPECT_EQ(look(session, 700).xid, 31U);
}

}  // namespace
}  // namespace vigie::gpu::nvml
