#include <gtest/gtest.h>

#include "rules/scene_for_tests.hpp"

namespace vigie::rules {
namespace {

constexpr std::uint64_t mebibyte = 1 << 20;

/// A run whose memory was `at(t)` MiB t seconds ago and before, watched for 12 s.
Scene growing(const std::function<double(double)>& at) {
  Scene scene({Role::trainer});
  scene.rates(0).states = shares(1, 0, 1);
  const auto bytes = [](double amount) { return static_cast<std::uint64_t>(amount * mebibyte); };
  scene.process(0).rss_bytes = bytes(at(0));
  scene.process(0).shared_bytes = std::uint64_t{0};
  scene.frame.delta.elapsed_seconds = 12;
  scene.history(12, [at, bytes](Snapshot& then, double seconds) { then.processes[0].rss_bytes = bytes(at(seconds)); });
  return scene;
}

void limit_memory(Scene& scene, double mebibytes) {
  CgroupSample group;
  group.layout = CgroupLayout::v2;
  group.memory.bytes.limit = static_cast<std::uint64_t>(mebibytes * mebibyte);
  group.memory.bytes.limit_used = scene.process(0).rss_bytes;
  group.memory.bytes.limit_group = "/box";
  group.memory.inactive_file = std::uint64_t{0};
  scene.detail(0).cgroup = group;
  Memory host;
  host.total = std::uint64_t{64} << 30;
  host.available = std::uint64_t{60} << 30;
  scene.now.host.memory = host;
}

TEST(MemoryLeak, SteadyGrowthIsFoundWithItsSpeedAndProcess) {
  Scene scene = growing([](double t) { return 1000 + 5 * t; });
  const Finding first = scene.verdict().at(0);
  EXPECT_EQ(first.rule, "memory-leak");
  EXPECT_NEAR(first.evidence[0].value, 5.0 * mebibyte, 0.1 * mebibyte);
  EXPECT_NE(first.evidence[1].text.find("pid 10"), std::string::npos);
  EXPECT_NE(first.causes[0].find("private"), std::string::npos);
}

TEST(MemoryLeak, ThePartOfItsAddressesThatGrowsIsNamed) {
  const auto growth = [](double t) { return 1000 + 5 * t; };
  Scene scene = growing(growth);
  const auto layout = [&](double t) {
    return std::vector<MappedPart>{
        {.kind = MappingKind::anonymous, .path = {}, .bytes = static_cast<std::uint64_t>((900 + 5 * t) * mebibyte)},
        {.kind = MappingKind::file, .path = "/data/set", .bytes = std::uint64_t{1} << 40}};
  };
  scene.detail(0).layout = layout(0);
  scene.history(12, [&](Snapshot& then, double t) {
    then.processes[0].rss_bytes = static_cast<std::uint64_t>(growth(t) * mebibyte);
    then.details[0].layout = layout(t);
  });
  const Finding first = scene.verdict().at(0);
  EXPECT_EQ(first.rule, "memory-leak");
  EXPECT_NE(first.evidence[2].text.find("what grows is anonymous mappings"), std::string::npos)
      << first.evidence[2].text;
}

TEST(MemoryLeak, NoiseDoesNotHideIt) {
  EXPECT_EQ(growing([](double t) { return 1000 + 5 * t + (static_cast<int>(-t) % 3 == 0 ? 4 : 0); }).rules(),
            "memory-leak");
}

TEST(MemoryLeak, APlateauIsNone) {
  EXPECT_EQ(growing([](double) { return 1000.0; }).rules(), "");
  EXPECT_EQ(growing([](double t) { return t < -6 ? 1000 + 20 * t : 880.0; }).rules(), "") << "reached it meanwhile";
}

TEST(MemoryLeak, GarbageThatIsCollectedIsNone) {
  EXPECT_EQ(growing([](double t) { return 1000 + 20 * (static_cast<int>(-t) % 4); }).rules(), "");
}

TEST(MemoryLeak, AShortWindowAsksForALongerOne) {
  Scene scene = growing([](double t) { return 1000 + 5 * t; });
  scene.frame.delta.elapsed_seconds = 4;
  scene.history(4, [](Snapshot& then, double t) {
    then.processes[0].rss_bytes = static_cast<std::uint64_t>((1000 + 5 * t) * mebibyte);
  });
  EXPECT_EQ(scene.rules(), "");
  EXPECT_GT(scene.wanted, 5);
}

TEST(MemoryLeak, ARunThatStartsFillsItsMemory) {
  Scene scene = growing([](double t) { return 1000 + 5 * t; });
  scene.process(0).id.start_ticks = 8500;  // 15 s ago
  EXPECT_EQ(scene.rules(), "");
}

TEST(OomRisk, TellsTheTimeThatIsLeft) {
  Scene scene = growing([](double t) { return 900 + 5 * t; });
  limit_memory(scene, 1000);
  const Finding first = scene.verdict().at(0);
  EXPECT_EQ(first.rule, "oom-risk");
  EXPECT_NE(first.summary.find("/box"), std::string::npos) << first.summary;
  EXPECT_NE(first.summary.find("20.0s"), std::string::npos) << first.summary;
  EXPECT_EQ(scene.verdict().at(1).rule, "memory-leak");
}

TEST(OomRisk, GrowthFarBelowTheLimitIsOnlyALeak) {
  Scene scene = growing([](double t) { return 300 + 5 * t; });
  limit_memory(scene, 1000);
  EXPECT_EQ(scene.rules(), "memory-leak");
}

TEST(OomRisk, SteadyLargeMemoryIsHealthyUntilNothingIsLeft) {
  Scene scene = growing([](double) { return 900.0; });
  limit_memory(scene, 1000);
  EXPECT_EQ(scene.rules(), "");
  Scene full = growing([](double) { return 980.0; });
  limit_memory(full, 1000);
  EXPECT_EQ(full.rules(), "oom-risk");
}

TEST(OomRisk, MemoryThatWasChargedToAnotherGroupIsNotAtThisLimit) {
  Scene scene = growing([](double) { return 980.0; });
  limit_memory(scene, 350);
  EXPECT_EQ(scene.rules(), "oom-risk");
  (*scene.detail(0).cgroup).memory.bytes.limit_used = mebibyte;  // it was moved there with what it has
  EXPECT_EQ(scene.rules(), "");
}

Scene swapping(double bytes_per_second) {
  Scene scene({Role::trainer});
  scene.rates(0).states = shares(0.3, 0.1, 0.3);
  scene.rates(0).major_faults_per_second = 900;
  scene.process(0).swap_bytes = std::uint64_t{500} << 20;
  scene.frame.delta.host.swapped_in_bytes_per_second = bytes_per_second;
  scene.frame.delta.host.swapped_out_bytes_per_second = bytes_per_second;
  scene.frame.delta.host.memory_pressure.full_percent = 40;
  return scene;
}

TEST(SwapThrash, TrafficAndPressureTogether) {
  EXPECT_EQ(swapping(8e6).rules(), "swap-thrash");
}

TEST(SwapThrash, SomeTrafficOrNoPressureIsNone) {
  EXPECT_EQ(swapping(5e5).rules(), "");
  Scene calm = swapping(8e6);
  calm.frame.delta.host.memory_pressure.full_percent = 1;
  EXPECT_EQ(calm.rules(), "");
  Scene elsewhere = swapping(8e6);
  elsewhere.process(0).swap_bytes = std::uint64_t{0};
  EXPECT_EQ(elsewhere.rules(), "");
}

TEST(SwapThrash, TheEdges) {
  EXPECT_EQ(swapping(2048e3).rules(), "swap-thrash") << "1000 pages a second, both ways together";
  EXPECT_EQ(swapping(2047e3).rules(), "");
  Scene pressure = swapping(8e6);
  pressure.frame.delta.host.memory_pressure.full_percent = 5;
  EXPECT_EQ(pressure.rules(), "swap-thrash");
  pressure.frame.delta.host.memory_pressure.full_percent = 4.9;
  EXPECT_EQ(pressure.rules(), "");
  pressure.frame.delta.host.memory_pressure.some_percent = 20;
  EXPECT_EQ(pressure.rules(), "swap-thrash") << "beside others that compute never all tasks wait";
  pressure.frame.delta.host.memory_pressure.some_percent = 19.9;
  EXPECT_EQ(pressure.rules(), "");
  Scene old = swapping(8e6);
  old.frame.delta.host.memory_pressure.full_percent = Presence::unsupported;
  EXPECT_EQ(old.rules(), "swap-thrash") << "a kernel that does not tell";
}

TEST(OomRisk, TheEdges) {
  const auto used = [](double mebibytes) {
    Scene scene = growing([=](double) { return mebibytes; });
    limit_memory(scene, 1000);
    return scene.rules();
  };
  EXPECT_EQ(used(950), "oom-risk");
  EXPECT_EQ(used(949), "");
  const auto with_swap = [](std::uint64_t left) {
    Scene scene = growing([](double) { return 980.0; });
    limit_memory(scene, 1000);
    (*scene.now.host.memory).swap_free = left * mebibyte;
    return scene.rules();
  };
  EXPECT_EQ(with_swap(49), "oom-risk");
  EXPECT_EQ(with_swap(51), "") << "it gets slow before it gets killed";
  Scene group = growing([](double) { return 980.0; });
  limit_memory(group, 1000);
  (*group.now.host.memory).swap_free = 500 * mebibyte;
  (*group.detail(0).cgroup).memory.swap.limit = 60 * mebibyte;
  (*group.detail(0).cgroup).memory.swap.limit_used = 30 * mebibyte;
  EXPECT_EQ(group.rules(), "oom-risk") << "of the host's swap its group may have 30 MiB more";
}

TEST(MemoryLeak, TheEdges) {
  EXPECT_EQ(growing([](double t) { return 1000 + 0.9 * t; }).rules(), "memory-leak") << "more than 1 %";
  EXPECT_EQ(growing([](double t) { return 1000 + 0.8 * t; }).rules(), "");
  EXPECT_EQ(growing([](double t) { return 100 + 0.34 * t; }).rules(), "memory-leak") << "more than 4 MiB";
  EXPECT_EQ(growing([](double t) { return 100 + 0.33 * t; }).rules(), "");
}

TEST(MemoryLeak, SharedMemoryThatGrowsIsSaidToBeThat) {
  Scene scene = growing([](double t) { return 1000 + 5 * t; });
  scene.process(0).shared_bytes = 500 * mebibyte;
  scene.history(12, [](Snapshot& then, double t) {
    then.processes[0].rss_bytes = static_cast<std::uint64_t>((1000 + 5 * t) * mebibyte);
    then.processes[0].shared_bytes = static_cast<std::uint64_t>((500 + 5 * t) * mebibyte);
  });
  const Finding first = scene.verdict().at(0);
  EXPECT_EQ(first.rule, "memory-leak");
  EXPECT_NE(first.causes[0].find("/dev/shm"), std::string::npos) << first.causes[0];
}

}  // namespace
}  // namespace vigie::rules
