#include "sources/gpu/driver_thread.hpp"

#include <gtest/gtest.h>

#include <future>
#include <memory>

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

}  // namespace
}  // namespace vigie::gpu
