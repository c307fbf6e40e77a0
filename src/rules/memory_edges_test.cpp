// Rules about memory at their edges: which process, how long, against which limit.
#include <gtest/gtest.h>

#include "rules/scene_for_tests.hpp"

namespace vigie::rules {
namespace {

constexpr std::uint64_t mebibyte = 1 << 20;

std::uint64_t mebibytes(double amount) {
  return static_cast<std::uint64_t>(amount * static_cast<double>(mebibyte));
}

/// A run of two processes whose memory was so much t seconds ago, watched for so long.
Scene growing(std::function<double(double)> first, std::function<double(double)> second = {}, int seconds = 12) {
  Scene scene({Role::trainer, Role::loader_worker});
  for (const std::size_t i : {0U, 1U}) scene.rates(i).states = shares(1, 0, 1);
  const auto set = [first, second](std::vector<ProcessSample>& processes, double t) {
    processes[0].rss_bytes = mebibytes(first(t));
    processes[1].rss_bytes = second ? mebibytes(second(t)) : 0;
    for (ProcessSample& process : processes) process.shared_bytes = std::uint64_t{0};
  };
  set(scene.now.processes, 0);
  scene.frame.delta.elapsed_seconds = seconds;
  scene.history(seconds, [set](Snapshot& then, double t) { set(then.processes, t); });
  return scene;
}

Finding first_of(Scene& scene) {
  const std::vector<Finding> found = scene.verdict();
  return found.empty() ? Finding{} : found[0];
}

TEST(LeakEdges, TheProcessThatGrowsMostIsNamed) {
  Scene scene = growing([](double t) { return 1000 + 2 * t; }, [](double t) { return 1000 + 5 * t; });
  EXPECT_EQ(first_of(scene).evidence.at(1).text, "60.0M of it by loader worker 1 (pid 11)");
  Scene equal = growing([](double t) { return 1000 + 5 * t; }, [](double t) { return 1000 + 5 * t; });
  EXPECT_EQ(first_of(equal).evidence.at(1).text, "60.0M of it by trainer (pid 10)");
}

TEST(LeakEdges, NinePointsOfNineSeconds) {
  EXPECT_EQ(growing([](double t) { return 1000 + 5 * t; }, {}, 9).rules(), "memory-leak");
  EXPECT_EQ(growing([](double t) { return 1000 + 5 * t; }, {}, 8).rules(), "");
}

TEST(LeakEdges, FourMebibytesOverTheLookAreGrowth) {
  EXPECT_EQ(growing([](double t) { return 100 + 0.25 * t; }, {}, 16).rules(), "memory-leak");
  EXPECT_EQ(growing([](double t) { return 100 + 0.1875 * t; }, {}, 16).rules(), "");
}

TEST(LeakEdges, GrowthThatSlowsDownComesToAnEnd) {
  const auto slows_to = [](double per_second) {
    return growing([=](double t) { return 1000 + (t < -6 ? 10 : per_second) * (t + 6); }).rules();
  };
  EXPECT_EQ(slows_to(1), "");
  EXPECT_EQ(slows_to(6), "memory-leak");
}

TEST(LeakEdges, WhatARunFillsAtItsStartIsNone) {
  Scene scene = growing([](double t) { return 1000 + 5 * t; });
  for (const std::size_t i : {0U, 1U}) scene.process(i).id.start_ticks = 7800;  // 22 s ago: all points count
  scene.run().leader = scene.process(0).id;
  EXPECT_EQ(scene.rules(), "memory-leak");
  for (const std::size_t i : {0U, 1U}) scene.process(i).id.start_ticks = 8101;
  scene.run().leader = scene.process(0).id;
  EXPECT_EQ(scene.rules(), "");
  scene.process(1).id.start_ticks = 1000;
  EXPECT_EQ(scene.rules(), "") << "what grows is young, however old the run is";
}

TEST(LeakEdges, HalfOfWhatGrowsIsShared) {
  const auto cause = [](double shared_per_second) {
    Scene scene = growing([](double t) { return 1000 + 5 * t; });
    scene.process(0).shared_bytes = 500 * mebibyte;
    scene.history(12, [=](Snapshot& then, double t) {
      then.processes[0].rss_bytes = mebibytes(1000 + 5 * t);
      then.processes[1].rss_bytes = 0;
      then.processes[0].shared_bytes = mebibytes(500 + shared_per_second * t);
    });
    return first_of(scene).causes.at(0).substr(0, 18);
  };
  EXPECT_EQ(cause(2.5), "its private memory");
  EXPECT_EQ(cause(2.75), "memory that it sha");
}

TEST(LeakEdges, ThePartThatGrowsIsNamedWhenItIsHalfOfIt) {
  const auto part = [](MappingKind kind, double per_second) {
    Scene scene = growing([](double t) { return 1000 + 5 * t; });
    const auto layout = [=](double t) {
      return std::vector<MappedPart>{{.kind = MappingKind::file, .path = "/data/other", .bytes = mebibytes(10 + t / 9)},
                                     {.kind = kind, .path = "/data/set", .bytes = mebibytes(900 + per_second * t)}};
    };
    scene.detail(0).layout = layout(0);
    scene.history(12, [=](Snapshot& then, double t) {
      then.processes[0].rss_bytes = mebibytes(1000 + 5 * t);
      then.processes[1].rss_bytes = 0;
      then.details[0].layout = layout(t);
    });
    const Finding found = first_of(scene);
    return found.evidence.size() > 2 ? found.evidence[2].text : "";
  };
  EXPECT_EQ(part(MappingKind::heap, 5), "what grows is its heap, [heap]: many small objects (60.0M more)");
  EXPECT_EQ(part(MappingKind::file, 2.5), "what grows is the mapping of /data/set (30.0M more)");
  EXPECT_EQ(part(MappingKind::shared_memory, 5),
            "what grows is mappings of shared memory: batches in /dev/shm (60.0M more)");
  EXPECT_EQ(part(MappingKind::heap, 2.4), "");
  EXPECT_NE(part(MappingKind::stack, 5), "");
}

TEST(LeakEdges, APartThatWasNotThereBeforeHadNothing) {
  Scene scene = growing([](double t) { return 1000 + 5 * t; });
  scene.detail(0).layout = std::vector<MappedPart>{{.kind = MappingKind::file, .path = "/a", .bytes = 40 * mebibyte}};
  scene.history(12, [](Snapshot& then, double t) {
    then.processes[0].rss_bytes = mebibytes(1000 + 5 * t);
    then.processes[1].rss_bytes = 0;
    then.details[0].layout = std::vector<MappedPart>{{.kind = MappingKind::heap, .path = "/a", .bytes = 30 * mebibyte}};
  });
  EXPECT_EQ(first_of(scene).evidence.at(2).text, "what grows is the mapping of /a (40.0M more)");
  scene.history(12, [](Snapshot& then, double t) {
    then.processes[0].rss_bytes = mebibytes(1000 + 5 * t);
    then.processes[1].rss_bytes = 0;
    then.details.clear();
  });
  EXPECT_EQ(first_of(scene).evidence.size(), 2U) << "one look at it tells no growth";
}

TEST(GrowthEdges, WhatALongerLookWouldTell) {
  const auto wants = [](double age, double per_second) {
    Scene scene = growing([=](double t) { return 100 + per_second * t; }, {}, 4);
    for (const std::size_t i : {0U, 1U})
      scene.process(i).id.start_ticks = 10'000 - static_cast<std::uint64_t>(age * ticks_per_second);
    (void)scene.verdict();
    if (scene.suspected.empty()) return std::string();
    return fmt::format("{:g}{}: {}", scene.suspected[0].wants_seconds, scene.suspected[0].now ? "" : " later",
                       scene.suspected[0].how);
  };
  EXPECT_EQ(wants(14, 5), "11: a trend needs 11 s");
  EXPECT_EQ(wants(13, 5), "12: a trend needs 12 s of a run that has only begun");
  EXPECT_EQ(wants(11, 5), "14: a trend needs 14 s of a run that has only begun");
  EXPECT_EQ(wants(10.5, 5), "14.5 later: a trend needs 15 s of a run that has only begun");
  EXPECT_EQ(wants(90, 0.41), "11: a trend needs 11 s") << "4 MiB in ten seconds";
  EXPECT_EQ(wants(90, 0.39), "");
  EXPECT_EQ(wants(90, -5), "");
}

void limit_memory(Scene& scene, double limit, double used) {
  CgroupSample group;
  group.layout = CgroupLayout::v2;
  group.memory.bytes.limit = mebibytes(limit);
  group.memory.bytes.limit_used = mebibytes(used);
  group.memory.bytes.limit_group = "/box";
  scene.detail(0).cgroup = group;
  scene.now.host.memory = Memory{.total = std::uint64_t{64} << 30, .available = std::uint64_t{60} << 30};
}

TEST(OomEdges, GrowthTowardsALimit) {
  const auto rules = [](double from, double per_second) {
    Scene scene = growing([=](double t) { return from + per_second * t; });
    limit_memory(scene, 1000, from);
    return scene.rules();
  };
  EXPECT_EQ(rules(700, 1), "oom-risk memory-leak") << "70 %, and five minutes";
  EXPECT_EQ(rules(699, 1), "memory-leak");
  EXPECT_EQ(rules(720, 0.62), "oom-risk memory-leak");
  EXPECT_EQ(rules(720, 0.58), "") << "less than 1 % is no leak";
}

TEST(OomEdges, TheLargestProcessIsNamed) {
  Scene scene = growing([](double) { return 480.0; }, [](double) { return 490.0; });
  limit_memory(scene, 1000, 980);
  EXPECT_EQ(first_of(scene).causes.at(0), "the most memory of it: loader worker 1 (pid 11) has 490M");
  Scene equal = growing([](double) { return 490.0; }, [](double) { return 490.0; });
  limit_memory(equal, 1000, 980);
  EXPECT_EQ(first_of(equal).causes.at(0), "the most memory of it: trainer (pid 10) has 490M");
  EXPECT_NE(first_of(equal).actions.at(0).find("vigie limit train --memory 1.5G"), std::string::npos)
      << first_of(equal).actions.at(0);
}

TEST(OomEdges, OfTheHostTheLargestRunIsToldAndTheHostItself) {
  Scene scene = growing([](double) { return 500.0; });
  scene.now.host.memory = Memory{.total = 1000 * mebibyte, .available = 40 * mebibyte};
  scene.history(12, [](Snapshot&, double) {});
  EXPECT_EQ(scene.rules(), "oom-risk");
  EXPECT_EQ(scene.rules("host"), "oom-risk");
  for (const Finding& finding : scene.verdict()) {
    if (finding.subject == "host") EXPECT_EQ(finding.causes.at(0), "the most memory of it: run train has 500M");
  }
  scene.process(scene.add_other("postgres", 0)).rss_bytes = 501 * mebibyte;
  EXPECT_EQ(scene.rules(), "") << "another one has more";
  for (const Finding& finding : scene.verdict()) {
    if (finding.subject == "host") EXPECT_EQ(finding.causes.at(0), "the most memory of it: postgres has 501M");
  }
  (*scene.now.host.memory).available = 50 * mebibyte;
  EXPECT_EQ(scene.rules("host"), "oom-risk") << "95 %";
  (*scene.now.host.memory).available = 51 * mebibyte;
  EXPECT_EQ(scene.rules("host"), "");
  (*scene.now.host.memory).available = 40 * mebibyte;
  (*scene.now.host.memory).swap_free = 51 * mebibyte;
  EXPECT_EQ(scene.rules("host"), "") << "it gets slow first";
  (*scene.now.host.memory).available = Presence::unsupported;
  EXPECT_EQ(scene.rules("host"), "");
  (*scene.now.host.memory).total = 0;
  EXPECT_EQ(scene.rules("host"), "");
}

TEST(SwapEdges, TheHostSwapsWhoeverItIs) {
  Scene scene({Role::trainer});
  scene.rates(0).states = shares(1, 0, 1);
  HostRates& rates = scene.frame.delta.host;
  rates.swapped_in_bytes_per_second = 4e6;
  rates.swapped_out_bytes_per_second = 4e6;
  rates.major_faults_per_second = 100;
  scene.now.host.memory = Memory{.total = 1000, .swap_total = 500, .swap_free = 300};
  EXPECT_EQ(scene.rules("host"), "swap-thrash");
  EXPECT_EQ(scene.rules(), "") << "the run itself has nothing there";
  scene.frame.delta.elapsed_seconds = 0.5;
  EXPECT_EQ(scene.rules("host"), "swap-thrash");
  scene.frame.delta.elapsed_seconds = 0;
  EXPECT_EQ(scene.rules("host"), "") << "one look shows what is full, and nothing over time";
  scene.frame.delta.elapsed_seconds = 4;
  rates.major_faults_per_second = 99;
  EXPECT_EQ(scene.rules("host"), "");
  rates.major_faults_per_second = 100;
  (*scene.now.host.memory).swap_free = 500;
  EXPECT_EQ(scene.rules("host"), "");
}

TEST(SwapEdges, AllProcessesOfARunTogether) {
  Scene scene({Role::trainer, Role::loader_worker});
  for (const std::size_t i : {0U, 1U}) {
    scene.rates(i).states = shares(1, 0, 1);
    scene.rates(i).major_faults_per_second = 50;
    scene.process(i).swap_bytes = mebibyte;
  }
  scene.frame.delta.host.swapped_in_bytes_per_second = scene.frame.delta.host.swapped_out_bytes_per_second = 4e6;
  EXPECT_EQ(first_of(scene).rule, "swap-thrash");
  EXPECT_EQ(first_of(scene).evidence.at(0).text, "7.6M/s in and out of swap; 2.0M of it is there");
  scene.rates(1).major_faults_per_second = 49;
  EXPECT_EQ(scene.rules(), "");
  scene.frame.delta.host.swapped_out_bytes_per_second = Presence::unknown;
  EXPECT_EQ(scene.rules(), "");
}

constexpr std::uint64_t gibibyte = std::uint64_t{1} << 30;

/// A run with workers in a /dev/shm of 1 GiB where so much is left, as its first process sees it.
Scene with_shm(std::uint64_t left) {
  Scene scene({Role::trainer, Role::loader_worker});
  for (const std::size_t i : {0U, 1U}) {
    scene.rates(i).states = shares(1, 0, 1);
    scene.process(i).uid = uid_t{1000};
  }
  scene.detail(0).shared_memory =
      SharedMemory{.use = {.total_bytes = gibibyte, .free_bytes = left, .available_bytes = left}, .same_as_ours = true};
  return scene;
}

TEST(ShmEdges, TheFullestThatItsProcessesSee) {
  Scene scene = with_shm(gibibyte / 20);
  scene.detail(1).shared_memory = SharedMemory{.use = {.total_bytes = gibibyte, .free_bytes = 0, .available_bytes = 0}};
  EXPECT_NE(first_of(scene).summary.find("of its container is 100 % full"), std::string::npos)
      << first_of(scene).summary;
  (*scene.detail(1).shared_memory).use = (*scene.detail(0).shared_memory).use;
  EXPECT_NE(first_of(scene).summary.find("/dev/shm is 95 % full"), std::string::npos) << first_of(scene).summary;
  scene.detail(0).shared_memory = scene.detail(1).shared_memory = Presence::denied;
  MountSample mount;
  mount.path = "/dev/shm";
  mount.use = MountUse{.total_bytes = 100, .free_bytes = 1, .available_bytes = 1};
  scene.now.host.mounts = std::vector{mount};
  EXPECT_EQ(scene.rules(), "shm-full");
  scene.detail(0).mounts = std::vector{mount};
  EXPECT_EQ(scene.rules(), "") << "it is in a container of which nothing is known";
  scene.detail(0).mounts = Presence::not_read;
  (*scene.now.host.mounts)[0].path = "/";
  EXPECT_EQ(scene.rules(), "") << "there is none";
}

TEST(ShmEdges, FilesMayRunOutBeforeBytes) {
  Scene scene = with_shm(gibibyte / 2);
  MountUse& use = (*scene.detail(0).shared_memory).use;
  use.files = 100;
  use.files_free = 10;
  EXPECT_NE(first_of(scene).summary.find("room for 10 files more in it"), std::string::npos);
  EXPECT_EQ(first_of(scene).evidence.at(0).text,
            "90 of 100 files (inodes) are used in /dev/shm; 512M of 1.0G are free");
  use.files_free = 0;
  EXPECT_NE(first_of(scene).summary.find("room for no file more, although 512M are free, in it"), std::string::npos);
  use.files_free = 11;
  EXPECT_EQ(scene.rules(), "");
}

TEST(ShmEdges, WhoseSegmentsTheyAre) {
  const auto left = [](std::string path, std::uint32_t uid = 1000, bool open = false) {
    Scene scene = with_shm(gibibyte / 20);
    (*scene.detail(0).shared_memory).segments = {{path, 1024, uid}};
    OpenFile file;
    file.path = open ? path : "/dev/shmother";
    scene.detail(1).files = std::vector{file};
    return first_of(scene).evidence.back().text.find("left by processes that ended") != std::string::npos;
  };
  EXPECT_TRUE(left("/dev/shm/torch_4711_1"));
  EXPECT_TRUE(left("/dev/shm/sem.loky-4711-x"));
  EXPECT_TRUE(left("/dev/shm/loky-4711-x"));
  EXPECT_TRUE(left("/dev/shm/torch_4711"));
  EXPECT_FALSE(left("/dev/shm/torch_11_1")) << "its maker lives";
  EXPECT_FALSE(left("/dev/shm/torch_x"));
  EXPECT_FALSE(left("/dev/shm/torch_-4711"));
  EXPECT_FALSE(left("/dev/shm/torch_0_1"));
  EXPECT_FALSE(left("/dev/shm/torch_"));
  EXPECT_FALSE(left("/dev/shm/torch_99999999999999"));
  EXPECT_FALSE(left("/dev/shm/torch_4711_1", 1001)) << "another user's";
  EXPECT_FALSE(left("/dev/shm/torch_4711_1", 1000, true)) << "a worker has it open";
}

TEST(ShmEdges, HalfOfItIsTheRunsOwn) {
  const auto cause = [](std::uint64_t own) {
    Scene scene = with_shm(gibibyte / 20);
    OpenFile file;
    file.path = "/dev/shm/a";
    file.size_bytes = own;
    scene.detail(0).files = std::vector{file};
    return first_of(scene).causes.at(0).substr(0, 14);
  };
  EXPECT_EQ(cause(gibibyte / 2), "segments of ot");
  EXPECT_EQ(cause(gibibyte / 2 + 1), "the run itself");
}

}  // namespace
}  // namespace vigie::rules
