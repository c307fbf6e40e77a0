// The fake driver (tests/fake_nvml) does what its README says: the tests of everything about GPUs stand on it.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <string>
#include <vector>

#include "base/test_directory.hpp"
#include "sources/gpu/nvml_library.hpp"

namespace vigie::gpu::nvml {
namespace {

class FakeDriver : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(::dlopen(VIGIE_FAKE_NVML "/fake_nvml/libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL), nullptr) << ::dlerror();
    ::setenv("VIGIE_FAKE_NVML_CLOCK", (directory_ + "/clock").c_str(), 1);
    ::setenv("VIGIE_FAKE_NVML_TRACE", (directory_ + "/trace").c_str(), 1);
    Result<Functions> loaded = load();
    ASSERT_TRUE(loaded) << loaded.error().message;
    nvml_ = *loaded;
    set_clock(0);
  }

  void set_clock(double seconds) const { std::ofstream(directory_ + "/clock") << seconds; }

  /// Plays these lines of devices, and opens device 0 where it can be opened.
  Return play(const std::vector<std::string>& lines, const std::string& faults = "{}") {
    {
      std::ofstream file(directory_ + "/trace");
      file << R"({"trace": "nvml", "version": 1, "faults": )" << faults << "}\n";
      for (std::string line : lines) {
        std::ranges::replace(line, '\n', ' ');
        file << "{" << line << "}\n";
      }
    }
    if (const Return result = call(nvml_.nvmlInit_v2); result != success) return result;
    return call(nvml_.nvmlDeviceGetHandleByIndex_v2, 0U, &device_);
  }

  /// Milliwatts, or the error as a negative number.
  long power(Device device) const {
    unsigned value = 0;
    const Return result = call(nvml_.nvmlDeviceGetPowerUsage, device, &value);
    return result == success ? static_cast<long>(value) : -static_cast<long>(result);
  }

  long clock(Clock which) const {
    unsigned value = 0;
    const Return result = call(nvml_.nvmlDeviceGetClockInfo, device_, static_cast<int>(which), &value);
    return result == success ? static_cast<long>(value) : -static_cast<long>(result);
  }

  /// Whether this process gets a sample of the processes' use.
  Return use() const {
    std::array<ProcessUtilization, 4> samples{};
    auto count = static_cast<unsigned>(samples.size());
    return call(nvml_.nvmlDeviceGetProcessUtilization, device_, samples.data(), &count, 0ULL);
  }

  TestDirectory temporary_;
  const std::string& directory_ = temporary_.path();
  Functions nvml_;
  Device device_ = nullptr;
};

TEST_F(FakeDriver, RefusesAHandleAndCountsTheDevice) {
  EXPECT_EQ(play({R"("device": 0, "handle": 4)", R"("device": 1, "power_mw": 5)",
                  R"("device": 0, "time": 2, "handle": 0, "power_mw": 7)"}),
            no_permission);
  unsigned count = 0;
  EXPECT_EQ(call(nvml_.nvmlDeviceGetCount_v2, &count), success);
  EXPECT_EQ(count, 2);
  Device other = nullptr;
  EXPECT_EQ(call(nvml_.nvmlDeviceGetHandleByIndex_v2, 1U, &other), success);
  EXPECT_EQ(power(other), 5);
  set_clock(2);
  EXPECT_EQ(call(nvml_.nvmlDeviceGetHandleByIndex_v2, 0U, &device_), success);
  EXPECT_EQ(power(device_), 7);
}

TEST_F(FakeDriver, AnErrorOfTheHandlesCallIsOneOfTheHandle) {
  EXPECT_EQ(play({R"("device": 0, "errors": {"nvmlDeviceGetHandleByIndex_v2": 15})"}), gpu_is_lost);
}

TEST_F(FakeDriver, ValuesDisappearAndComeBack) {
  ASSERT_EQ(play({R"("device": 0, "power_mw": 5)", R"("device": 0, "time": 1, "power_mw": null)",
                  R"("device": 0, "time": 2, "power_mw": 6)"}),
            success);
  EXPECT_EQ(power(device_), 5);
  set_clock(1);
  EXPECT_EQ(power(device_), -not_supported);
  set_clock(2);
  EXPECT_EQ(power(device_), 6);
}

TEST_F(FakeDriver, HalfOfAPairIsToldAlone) {
  ASSERT_EQ(play({R"("device": 0, "clocks": [210, null], "utilization": [9, null], "memory": [100, null, 60])"}),
            success);
  EXPECT_EQ(clock(clock_sm), 210);
  EXPECT_EQ(clock(clock_memory), -not_supported);
  Utilization use{};
  EXPECT_EQ(call(nvml_.nvmlDeviceGetUtilizationRates, device_, &use), success);
  EXPECT_EQ(use.gpu, 9);
  EXPECT_EQ(use.memory, ~0U);
  MemoryV2 newer{.version = struct_version<MemoryV2>(2), .total = 0, .reserved = 0, .free = 0, .used = 0};
  EXPECT_EQ(call(nvml_.nvmlDeviceGetMemoryInfo_v2, device_, &newer), not_supported);
  Memory older{};
  EXPECT_EQ(call(nvml_.nvmlDeviceGetMemoryInfo, device_, &older), success);
  EXPECT_EQ(older.used, 60);
}

TEST_F(FakeDriver, AResetIsRequiredByEveryCallButThoseThatAreLetThrough) {
  ASSERT_EQ(play({R"("device": 0, "needs_reset": true, "power_mw": 5, "fields": {"230": 1},
                     "errors": {"nvmlDeviceGetFieldValues": 0})",
                  R"("device": 0, "time": 1, "needs_reset": false)"}),
            success)
      << "it gives a handle";
  EXPECT_EQ(power(device_), -reset_required);
  FieldValue action{};
  action.field = field_recovery_action;
  EXPECT_EQ(call(nvml_.nvmlDeviceGetFieldValues, device_, 1, &action), success);
  EXPECT_EQ(action.value.as_ulonglong, 1);
  set_clock(1);
  EXPECT_EQ(power(device_), 5);
  EXPECT_EQ(play({R"("device": 0, "needs_reset": true, "handle": 16)"}), reset_required);
}

TEST_F(FakeDriver, IsSlowWhereAndWhenItIsTold) {
  using Clock = std::chrono::steady_clock;
  const auto slow = [](auto ask) {
    const Clock::time_point begin = Clock::now();
    ask();
    return Clock::now() - begin >= std::chrono::milliseconds(50);
  };
  ASSERT_EQ(play({R"("device": 0, "power_mw": 5, "clocks": [1, 2])", R"("device": 1, "power_mw": 5)",
                  R"("device": 0, "time": 1, "slow": {"nvmlDeviceGetPowerUsage": 0.05})"}),
            success);
  Device other = nullptr;
  ASSERT_EQ(call(nvml_.nvmlDeviceGetHandleByIndex_v2, 1U, &other), success);
  EXPECT_FALSE(slow([&] { EXPECT_EQ(power(device_), 5); }));
  set_clock(1);
  EXPECT_TRUE(slow([&] { EXPECT_EQ(power(device_), 5); }));
  EXPECT_FALSE(slow([&] { EXPECT_EQ(power(other), 5); }));
  EXPECT_FALSE(slow([&] { EXPECT_EQ(clock(clock_sm), 1); }));
  set_clock(0);
  ASSERT_EQ(play({R"("device": 0, "power_mw": 5)"}, R"({"slow": {"*": 0.05}, "slow_after": 1})"), success);
  EXPECT_FALSE(slow([&] { EXPECT_EQ(power(device_), 5); }));
  set_clock(1);
  EXPECT_TRUE(slow([&] { EXPECT_EQ(power(device_), 5); }));
}

TEST_F(FakeDriver, TellsTheDefaultLimitBesideTheOneThatHolds) {
  ASSERT_EQ(play({R"("device": 0, "power_limit_mw": 240000, "power_default_mw": 400000)"}), success);
  unsigned limit = 0, usual = 0;
  EXPECT_EQ(call(nvml_.nvmlDeviceGetEnforcedPowerLimit, device_, &limit), success);
  EXPECT_EQ(call(nvml_.nvmlDeviceGetPowerManagementDefaultLimit, device_, &usual), success);
  EXPECT_EQ(limit, 240000);
  EXPECT_EQ(usual, 400000);
}

TEST_F(FakeDriver, OneProcessGetsTheSamplesOfAPeriod) {
  ASSERT_EQ(play({R"("device": 0, "processes": [{"pid": 7, "sm": 50}])"}, R"({"use_period": 1})"), success);
  EXPECT_EQ(use(), success);
  const auto others = [&] {
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(static_cast<int>(use()));
    int status = 0;
    ::waitpid(pid, &status, 0);
    return static_cast<Return>(WEXITSTATUS(status));
  };
  EXPECT_EQ(others(), not_found) << "they are taken";
  set_clock(1);
  EXPECT_EQ(others(), success);
  EXPECT_EQ(use(), not_found);
}

TEST_F(FakeDriver, UnderWindowsAndWithMigNoProcessTellsItsUse) {
  ASSERT_EQ(play({R"("device": 0, "wddm": true, "processes": [{"pid": 7, "sm": 50, "memory": 9}])"}), success);
  EXPECT_EQ(use(), not_supported);
  std::array<ProcessInfo, 4> processes{};
  auto count = static_cast<unsigned>(processes.size());
  EXPECT_EQ(call(nvml_.nvmlDeviceGetComputeRunningProcesses_v3, device_, &count, processes.data()), success);
  EXPECT_EQ(count, 1);
  EXPECT_EQ(processes[0].used_memory, not_available);
  ASSERT_EQ(play({R"("device": 0, "mig": [], "processes": [{"pid": 7, "sm": 50}])"}), success);
  EXPECT_EQ(use(), not_supported);
}

TEST_F(FakeDriver, ErrorsOfOneMomentComeInTheirOrder) {
  ASSERT_EQ(play({R"("device": 0, "xid": [62, 45])"}), success);
  EventSet set = nullptr;
  ASSERT_EQ(call(nvml_.nvmlEventSetCreate, &set), success);
  ASSERT_EQ(call(nvml_.nvmlDeviceRegisterEvents, device_, event_xid, set), success);
  for (const unsigned expected : {62U, 45U}) {
    EventData data{};
    ASSERT_EQ(call(nvml_.nvmlEventSetWait_v2, set, &data, 0U), success);
    EXPECT_EQ(data.data, expected);
  }
  EventData none{};
  EXPECT_EQ(call(nvml_.nvmlEventSetWait_v2, set, &none, 0U), timeout);
  EXPECT_EQ(call(nvml_.nvmlEventSetFree, set), success);
}

}  // namespace
}  // namespace vigie::gpu::nvml
