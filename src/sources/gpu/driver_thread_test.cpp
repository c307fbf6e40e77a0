#include "sources/gpu/driver_thread.hpp"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <thread>

#include "sources/gpu/driver_calls.hpp"

namespace vigie::gpu {
namespace {

using std::chrono::milliseconds;

std::vector<GpuSample> one_gpu() {
  GpuSample gpu;
  gpu.power_watts = 300.0;
  gpu.clients = std::vector<GpuClient>{};
  return {gpu};
}

constexpr milliseconds patient{20'000};

TEST(DriverThread, NothingIsMadeBeforeItIsAskedFor) {
  DriverThread thread([]() -> DriverPass {
    ADD_FAILURE() << "made";
    return {};
  });
}

TEST(DriverThread, GivesWhatAPassGave) {
  DriverThread thread([]() -> DriverPass { return [] { return one_gpu(); }; });
  thread.begin();
  const DriverLook look = thread.take(patient);
  EXPECT_EQ(look.state, SourceState::ok);
  ASSERT_EQ(look.gpus.size(), 1);
  EXPECT_EQ(look.gpus[0].power_watts, 300.0);
}

TEST(DriverThread, AnErrorSaysWhyAndTheNextPassMayDoBetter) {
  DriverThread thread([]() -> DriverPass {
    return [first = true]() mutable -> Result<std::vector<GpuSample>> {
      if (!std::exchange(first, false)) return one_gpu();
      return fail("not allowed", ErrorKind::denied);
    };
  });
  thread.begin();
  const DriverLook refused = thread.take(patient);
  EXPECT_EQ(refused.state, SourceState::denied);
  EXPECT_EQ(refused.reason, "not allowed");
  thread.begin();
  EXPECT_EQ(thread.take(patient).state, SourceState::ok);
}

TEST(DriverThread, ADriverThatIsNotThereIsToldFromOneThatFails) {
  for (const ErrorKind kind : {ErrorKind::no_target, ErrorKind::failed}) {
    DriverThread thread(
        [kind]() -> DriverPass { return [kind]() -> Result<std::vector<GpuSample>> { return fail("no", kind); }; });
    thread.begin();
    const DriverLook look = thread.take(patient);
    EXPECT_EQ(look.state, SourceState::missing);
    EXPECT_EQ(look.installed, kind == ErrorKind::failed);
  }
}

TEST(DriverThread, AHungPassCostsAStaleMarkAndNoTime) {
  const auto gate = std::make_shared<std::promise<void>>();
  const std::shared_future<void> opened = gate->get_future().share();
  DriverThread thread([opened]() -> DriverPass {
    return [opened, first = true]() mutable -> Result<std::vector<GpuSample>> {
      if (!std::exchange(first, false)) opened.wait();
      return one_gpu();
    };
  });
  thread.begin();
  ASSERT_EQ(thread.take(patient).state, SourceState::ok);
  thread.begin();
  const DriverLook late = thread.take(milliseconds(1));
  EXPECT_EQ(late.state, SourceState::late);
  ASSERT_EQ(late.gpus.size(), 1);
  EXPECT_EQ(late.gpus[0].power_watts.presence(), Presence::stale);
  EXPECT_EQ(late.gpus[0].power_watts, Reading<double>::stale(300.0));
  EXPECT_GT(late.gpus[0].age_seconds, 0);
  // Nobody waits for it a second time, however patient.
  EXPECT_EQ(thread.take(patient).state, SourceState::late);
  gate->set_value();
  thread.begin();
  while (thread.take(milliseconds(1)).state == SourceState::late) thread.begin();
  EXPECT_EQ(thread.take(patient).gpus[0].power_watts.presence(), Presence::known);
}

TEST(DriverThread, ALateLookNamesTheCallThatTakesLongestFromTheFirstLookOn) {
  const auto gate = std::make_shared<std::promise<void>>();
  const std::shared_future<void> opened = gate->get_future().share();
  const auto called = std::make_shared<std::promise<void>>();
  DriverThread thread([opened, called]() -> DriverPass {
    return [opened, called]() -> Result<std::vector<GpuSample>> {
      const DriverCall call("nvmlDeviceGetPowerUsage");
      called->set_value();
      opened.wait();
      return one_gpu();
    };
  });
  thread.begin();
  called->get_future().wait();
  const DriverLook late = thread.take(milliseconds(80));
  EXPECT_EQ(late.state, SourceState::late);
  EXPECT_TRUE(late.gpus.empty());
  EXPECT_TRUE(late.reason.starts_with("the driver takes more than 0.")) << late.reason;
  EXPECT_NE(late.reason.find(" s a call (nvmlDeviceGetPowerUsage): it has not answered for "), std::string::npos)
      << late.reason;
  gate->set_value();
}

TEST(DriverCalls, TheSlowestOfThisPassAndTheOneBeforeCounts) {
  DriverCalls calls;
  DriverCalls::of_this_thread = &calls;
  EXPECT_EQ(calls.slowest().name, nullptr);
  calls.begin_pass();
  {
    const DriverCall call("slow");
    std::this_thread::sleep_for(milliseconds(5));
  }
  {
    const DriverCall call("quick");
  }
  EXPECT_STREQ(calls.slowest().name, "slow");
  EXPECT_GE(calls.slowest().seconds, 0.005);
  calls.begin_pass();
  {
    const DriverCall call("quick");
  }
  EXPECT_STREQ(calls.slowest().name, "slow") << "the pass under way has not come that far";
  calls.begin_pass();
  EXPECT_STREQ(calls.slowest().name, "quick");
  DriverCalls::of_this_thread = nullptr;
}

TEST(DriverCalls, ALateLookIsDescribedByItsSlowestCall) {
  EXPECT_EQ(describe_late(8.24, {.name = "nvmlDeviceGetPowerUsage", .seconds = 6.003}),
            "the driver takes 6 s a call (nvmlDeviceGetPowerUsage): it has not answered for 8.2 s");
  EXPECT_EQ(describe_late(1.5, {.name = "nvmlInit_v2", .seconds = 1.49, .under_way = true}),
            "the driver takes more than 1.5 s a call (nvmlInit_v2): it has not answered for 1.5 s");
  EXPECT_EQ(describe_late(300, {.name = "nvmlInit_v2", .seconds = 299.6, .under_way = true}),
            "the driver takes more than 300 s a call (nvmlInit_v2): it has not answered for 300.0 s");
  EXPECT_EQ(describe_late(1.5, {.name = "nvmlInit_v2", .seconds = 0.002}), "the driver has not answered for 1.5 s");
  EXPECT_EQ(describe_late(1.5, {}), "the driver has not answered for 1.5 s");
}

}  // namespace
}  // namespace vigie::gpu
