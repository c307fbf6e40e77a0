#include "rules/facts/unasked_gpus.hpp"

#include <gtest/gtest.h>

#include <memory>

#include "rules/scene_for_tests.hpp"

namespace vigie::rules {
namespace {

Frame with_source(SourceState state, double seconds, Reading<std::vector<GpuSample>> gpus) {
  Snapshot snapshot;
  snapshot.gpus = std::move(gpus);
  snapshot.sources.push_back({.name = "proc"});
  snapshot.sources.push_back({.name = "gpu",
                              .state = state,
                              .reason = state == SourceState::ok ? "" : "the reason",
                              .duration_seconds = seconds});
  Frame frame;
  frame.snapshot = std::make_shared<const Snapshot>(std::move(snapshot));
  return frame;
}

TEST(UnaskedGpus, ADriverThatFailsIsDeniedOrSilentGivesItsReason) {
  EXPECT_EQ(why_gpus_are_unknown(with_source(SourceState::late, 4.5, Presence::unknown)), "the reason");
  EXPECT_EQ(why_gpus_are_unknown(with_source(SourceState::denied, 0, Presence::denied)), "the reason");
  EXPECT_EQ(why_gpus_are_unknown(with_source(SourceState::missing, 0, Presence::unsupported)), "the reason");
  EXPECT_FALSE(why_gpus_are_unknown(with_source(SourceState::ok, 0, std::vector<GpuSample>(1))));
}

TEST(UnaskedGpus, APassThatTakesALittleLongerIsNoSilence) {
  EXPECT_FALSE(why_gpus_are_unknown(with_source(SourceState::late, 0.6, std::vector<GpuSample>(1))));
  EXPECT_TRUE(why_gpus_are_unknown(with_source(SourceState::late, 6, std::vector<GpuSample>(1))));
  EXPECT_TRUE(why_gpus_are_unknown(with_source(SourceState::late, 0.6, Presence::unknown)))
      << "nothing is known at all";
}

TEST(UnaskedGpus, AHostWithoutADriverHasNothingToSay) {
  Frame frame;
  frame.snapshot = std::make_shared<const Snapshot>();
  EXPECT_FALSE(why_gpus_are_unknown(frame));
}

TEST(UnaskedGpus, WhoIsOnABrokenGpuIsNotTold) {
  Scene scene({Role::trainer});
  GpuSample gpu;
  gpu.uuid = "GPU-0";
  gpu.state = GpuState::needs_reset;
  gpu.clients = Presence::unknown;
  scene.now.gpus = std::vector{gpu};
  (void)scene.verdict();
  EXPECT_TRUE(may_be_on_a_broken_gpu(scene.frame, scene.run()));
  GpuSample own;
  own.index = 1;
  own.clients = std::vector{GpuClient{.pid = 10}};
  scene.now.gpus = std::vector{gpu, own};
  (void)scene.verdict();
  EXPECT_FALSE(may_be_on_a_broken_gpu(scene.frame, scene.run())) << "it is on another";
  scene.now.gpus = std::vector{own};
  (*scene.now.gpus)[0].state = GpuState::denied;
  (*scene.now.gpus)[0].clients = Presence::denied;
  (void)scene.verdict();
  EXPECT_FALSE(may_be_on_a_broken_gpu(scene.frame, scene.run()));
}

TEST(UnaskedGpus, TwoSecondsAreASilence) {
  EXPECT_FALSE(why_gpus_are_unknown(with_source(SourceState::late, 1.9, std::vector<GpuSample>(1))));
  EXPECT_TRUE(why_gpus_are_unknown(with_source(SourceState::late, 2, std::vector<GpuSample>(1))));
}

TEST(UnaskedGpus, ValuesOfOnePassBeforeAreOld) {
  std::vector<GpuSample> gpus(2);
  EXPECT_FALSE(why_values_are_old(with_source(SourceState::late, 4, gpus)));
  gpus[1].age_seconds = 0.1;
  EXPECT_EQ(why_values_are_old(with_source(SourceState::late, 4, gpus)), "what is known is old: the reason");
  EXPECT_FALSE(why_values_are_old(with_source(SourceState::late, 4, Presence::unknown)));
}

TEST(UnaskedGpus, ARankOnNoGpuBesideOthersThatAreOnOne) {
  Scene scene({Role::rank, Role::rank, Role::helper});
  GpuSample broken, own;
  broken.uuid = "GPU-0";
  broken.clients = Presence::unknown;
  own.index = 1;
  own.clients = std::vector{GpuClient{.pid = 10}, GpuClient{.pid = 11}};
  const auto may_be = [&] {
    scene.now.gpus = std::vector{broken, own};
    (void)scene.verdict();
    return may_be_on_a_broken_gpu(scene.frame, scene.run());
  };
  for (const GpuState state : {GpuState::lost, GpuState::needs_reset, GpuState::unopened}) {
    broken.state = state;
    (*own.clients)[1].pid = 4711;
    EXPECT_TRUE(may_be()) << name_of(state);
    (*own.clients)[1].pid = 11;
    EXPECT_FALSE(may_be()) << "a helper needs none";
  }
  (*own.clients)[1].pid = 4711;
  broken.clients = std::vector{GpuClient{.pid = 5}};
  EXPECT_FALSE(may_be()) << "it tells who is on it";
  broken.clients = Presence::unknown;
  broken.state = GpuState::working;
  EXPECT_FALSE(may_be());
}

}  // namespace
}  // namespace vigie::rules
