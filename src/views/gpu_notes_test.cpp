#include "views/gpu_notes.hpp"

#include <gtest/gtest.h>

#include "views/no_gpus.hpp"
#include "views/scene_for_tests.hpp"

namespace vigie::views {
namespace {

/// What is wrong with one GPU.
template <class Change>
std::vector<std::string> troubles(Change change) {
  Scene scene;
  GpuSample gpu;
  gpu.state = GpuState::working;
  change(gpu);
  scene.snapshot.gpus = std::vector<GpuSample>{gpu};
  return gpu_troubles(scene.frame());
}

TEST(GpuTroubles, AHealthyCardHasNone) {
  EXPECT_TRUE(troubles([](GpuSample& gpu) {
                gpu.power_limit_watts = 700.0;
                gpu.power_default_watts = 700.0;
                gpu.throttle = std::uint8_t{0};
                gpu.ecc_uncorrected = std::uint64_t{0};
              }).empty());
}

TEST(GpuTroubles, AnUnknownLimitIsNoLoweredOne) {
  EXPECT_TRUE(troubles([](GpuSample& gpu) { gpu.power_default_watts = 700.0; }).empty());
  const auto lowered = troubles([](GpuSample& gpu) {
    gpu.power_limit_watts = 400.0;
    gpu.power_default_watts = 700.0;
  });
  ASSERT_EQ(lowered.size(), 1U);
  EXPECT_TRUE(lowered[0].starts_with("GPU 0 may draw 400 W, less than the 700 W")) << lowered[0];
}

TEST(GpuTroubles, EveryStateButWorkingSaysWhatToDo) {
  for (const GpuState state : {GpuState::asleep, GpuState::lost, GpuState::unpowered, GpuState::needs_reset,
                               GpuState::unopened, GpuState::denied}) {
    const auto said = troubles([state](GpuSample& gpu) { gpu.state = state; });
    EXPECT_EQ(said.size(), 1U) << name_of(state);
  }
}

TEST(GpuTroubles, OneResetNamesTheCard) {
  const auto said = troubles([](GpuSample& gpu) {
    gpu.state = GpuState::needs_reset;
    gpu.pci = "0000:41:00.0";
  });
  ASSERT_EQ(said.size(), 1U);
  EXPECT_NE(said[0].find("nvidia-smi --gpu-reset -i 0000:41:00.0"), std::string::npos) << said[0];
}

TEST(GpuTroubles, OfSeveralErrorsTheCauseStandsFirstAndTheOthersBehindIt) {
  const auto said = troubles([](GpuSample& gpu) {
    gpu.xid = 62U;
    gpu.xids = std::vector<unsigned>{45, 62};
  });
  ASSERT_EQ(said.size(), 1U);
  EXPECT_TRUE(said[0].starts_with("GPU 0 reported error Xid 62: ")) << said[0];
  EXPECT_TRUE(said[0].ends_with("(also Xid 45)")) << said[0];
}

TEST(GpuTroubles, CardsThatAreDeniedAreToldTogether) {
  Scene scene;
  std::vector<GpuSample> gpus(4);
  for (int at = 0; at < 4; ++at) {
    gpus[static_cast<std::size_t>(at)].index = at;
    gpus[static_cast<std::size_t>(at)].state = at == 0 ? GpuState::working : GpuState::denied;
  }
  scene.snapshot.gpus = gpus;
  const auto said = gpu_troubles(scene.frame());
  ASSERT_EQ(said.size(), 1U);
  EXPECT_TRUE(said[0].starts_with("3 of 4 GPUs are not for you here (1-3): ")) << said[0];
}

TEST(GpuTroubles, ACardThatIsDeniedAloneIsSpokenOfAsOne) {
  const auto only = troubles([](GpuSample& gpu) { gpu.state = GpuState::denied; });
  ASSERT_EQ(only.size(), 1U);
  EXPECT_TRUE(only[0].starts_with("1 of 1 GPU is not for you here (0): ")) << only[0];
  EXPECT_TRUE(only[0].contains(", keep it; ")) << only[0];
  Scene scene;
  scene.snapshot.gpus = std::vector<GpuSample>(2);
  (*scene.snapshot.gpus)[0].state = GpuState::working;
  (*scene.snapshot.gpus)[1].state = GpuState::denied;
  EXPECT_TRUE(gpu_troubles(scene.frame()).at(0).starts_with("1 of 2 GPUs is not for you here ("));
}

TEST(NoGpus, SaysWhyThereIsNoneToShow) {
  Scene scene;
  const auto why = [&] { return no_gpus(scene.frame()).error(); };
  EXPECT_EQ(why().message, "no GPU to show: the driver is there and knows none");
  scene.snapshot.recorded = true;
  EXPECT_EQ(why().message, "no GPU to show: none was recorded");
  scene.snapshot.sources = {{.name = "proc", .state = SourceState::denied, .reason = "not asked"},
                            {.name = "gpu", .state = SourceState::missing, .reason = "no driver"}};
  EXPECT_EQ(why().message, "no GPU to show: no driver");
  EXPECT_EQ(why().kind, ErrorKind::failed);
  scene.snapshot.sources[1].state = SourceState::denied;
  EXPECT_EQ(why().kind, ErrorKind::denied);
  scene.snapshot.sources[1].state = SourceState::ok;
  EXPECT_EQ(why().message, "no GPU to show: none was recorded");
}

TEST(GpuNotes, ProcessesThatAreNotVisibleAreCounted) {
  Scene scene;
  GpuSample gpu;
  gpu.clients = std::vector<GpuClient>{{.pid = 10}, {.pid = 11}};
  scene.snapshot.gpus = std::vector<GpuSample>{gpu};
  scene.process(10, 1, "python3");
  scene.snapshot.sources.push_back({.name = "gpu", .state = SourceState::late, .reason = "it hangs"});
  const Frame frame = scene.frame();
  const auto said = gpu_notes(frame, gpu_client_rows(frame));
  ASSERT_EQ(said.size(), 2U);
  EXPECT_EQ(said[0], "old values: it hangs");
  EXPECT_TRUE(said[1].starts_with("not visible here: 1 of these")) << said[1];
}

TEST(GpuColumns, WhatNoCardKnowsIsNotShownAndVendorsOnlyWhereTheyDiffer) {
  Scene scene;
  std::vector<GpuSample> gpus(2);
  scene.snapshot.gpus = gpus;
  const auto names = [&](std::size_t width) {
    const Frame frame = scene.frame();
    return names_of(gpu_columns_for_people(gpu_rows(frame), width));
  };
  EXPECT_EQ(std::ranges::count(names(0), "sm_active_percent"), 0);
  EXPECT_EQ(std::ranges::count(names(0), "gpu_vendor"), 0);
  gpus[1].sm_active_percent = 40.0;
  gpus[1].vendor = GpuVendor::amd;
  gpus[0].throttle = std::uint8_t{0};
  scene.snapshot.gpus = gpus;
  EXPECT_EQ(std::ranges::count(names(0), "sm_active_percent"), 1);
  EXPECT_EQ(std::ranges::count(names(0), "gpu_vendor"), 1);
  EXPECT_EQ(std::ranges::count(names(110), "throttle"), 1);
  EXPECT_EQ(std::ranges::count(names(109), "throttle"), 0) << "no room";
}

TEST(GpuClients, TheLargestOfEachCardComesFirst) {
  Scene scene;
  GpuSample gpu;
  gpu.clients = std::vector<GpuClient>{{.pid = 10, .memory_bytes = std::uint64_t{5}},
                                       {.pid = 11, .memory_bytes = Presence::denied},
                                       {.pid = 12, .memory_bytes = std::uint64_t{9}}};
  scene.snapshot.gpus = std::vector<GpuSample>{gpu};
  const Frame frame = scene.frame();
  EXPECT_EQ(shown(gpu_client_columns(), gpu_client_rows(frame), "pid"), (std::vector<std::string>{"12", "10", "11"}));
}

TEST(GpuNotes, AnInstanceHasALineOfItsOwn) {
  Scene scene;
  GpuSample gpu;
  gpu.index = 1;
  gpu.name = "NVIDIA H200";
  gpu.instances = {{.number = 2, .uuid = "MIG-b", .name = "1g\x1b[31m", .memory_total_bytes = std::uint64_t{2048}}};
  scene.snapshot.gpus = std::vector<GpuSample>{gpu};
  const std::vector<std::string> lines = gpu_instance_lines(scene.frame());
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_TRUE(lines[0].ends_with("- of 2.0K used, SM -%")) << lines[0];
  EXPECT_FALSE(lines[0].contains('\x1b')) << "a name is the driver's";
}

}  // namespace
}  // namespace vigie::views
