#include <gtest/gtest.h>

#include "rules/scene_for_tests.hpp"

namespace vigie::rules {
namespace {

constexpr std::uint64_t gibibyte = std::uint64_t{1} << 30;

MountSample mount(std::string path, std::uint64_t total, std::uint64_t left) {
  MountSample sample;
  sample.path = std::move(path);
  sample.type = "ext4";
  sample.use =
      MountUse{.total_bytes = total, .free_bytes = left, .available_bytes = left, .files = 1000, .files_free = 900};
  return sample;
}

OpenFile open_file(std::string path, bool writable) {
  OpenFile file;
  file.type = FileType::regular;
  file.readable = true;
  file.writable = writable;
  file.path = std::move(path);
  file.size_bytes = 50 * gibibyte;
  return file;
}

/// A run that writes to /data, where so much is left of 100 GiB.
Scene writing(std::uint64_t left) {
  Scene scene({Role::trainer});
  scene.rates(0).states = shares(1, 0, 0);
  scene.now.host.mounts = std::vector{mount("/", 100 * gibibyte, 90 * gibibyte), mount("/data", 100 * gibibyte, left)};
  scene.detail(0).files = std::vector{open_file("/data/checkpoint.pt", true)};
  scene.run().cwd = "/home/someone";
  return scene;
}

TEST(DiskFull, TheFileSystemItWritesTo) {
  Scene scene = writing(gibibyte);
  const Finding first = scene.verdict().at(0);
  EXPECT_EQ(first.rule, "disk-full");
  EXPECT_NE(first.summary.find("/data"), std::string::npos) << first.summary;
  EXPECT_NE(first.evidence[0].text.find("checkpoint.pt"), std::string::npos) << first.evidence[0].text;
}

TEST(DiskFull, SilentWhileThereIsRoomAndWhereItDoesNotWrite) {
  EXPECT_EQ(writing(20 * gibibyte).rules(), "");
  Scene reading = writing(gibibyte);
  reading.detail(0).files = std::vector{open_file("/data/images.tar", false)};
  EXPECT_EQ(reading.rules(), "");
}

TEST(DiskFull, TellsWhenItWillBe) {
  Scene scene = writing(5 * gibibyte);
  scene.history(6, [](Snapshot& then, double seconds) {
    const auto left = static_cast<std::uint64_t>((5 - 0.05 * seconds) * static_cast<double>(gibibyte));
    (*then.host.mounts)[1] = mount("/data", 100 * gibibyte, left);
  });
  const Finding first = scene.verdict().at(0);
  EXPECT_EQ(first.rule, "disk-full");
  EXPECT_NE(first.summary.find("1:40"), std::string::npos) << first.summary;
}

TEST(DiskFull, AFileSystemThatStaysAsItIsHasTime) {
  Scene scene = writing(5 * gibibyte);
  scene.history(6, [](Snapshot&, double) {});
  EXPECT_EQ(scene.rules(), "");
}

Scene with_shm(std::uint64_t left, Role second) {
  Scene scene({Role::trainer, second});
  scene.rates(0).states = scene.rates(1).states = shares(1, 0, 0);
  scene.now.host.mounts = std::vector{mount("/", 100 * gibibyte, 90 * gibibyte), mount("/dev/shm", gibibyte, left)};
  return scene;
}

TEST(ShmFull, ARunWithLoaderWorkersNeedsIt) {
  EXPECT_EQ(with_shm(gibibyte / 20, Role::loader_worker).rules(), "shm-full");
  EXPECT_EQ(with_shm(gibibyte / 2, Role::loader_worker).rules(), "");
}

TEST(ShmFull, OneLookIsEnoughToTellIt) {
  Scene scene = with_shm(gibibyte / 20, Role::helper);
  scene.frame.delta.elapsed_seconds = 0;
  EXPECT_EQ(scene.rules("host"), "shm-full");
}

TEST(ShmFull, ARunThatDoesNotUseItIsLeftInPeaceButTheHostIsTold) {
  Scene scene = with_shm(gibibyte / 20, Role::helper);
  EXPECT_EQ(scene.rules(), "");
  EXPECT_EQ(scene.rules("host"), "shm-full");
}

SharedMemory nearly_full(std::vector<SharedSegment> segments) {
  SharedMemory shared{.use = {.total_bytes = gibibyte, .available_bytes = gibibyte / 20}, .same_as_ours = true};
  shared.segments = std::move(segments);
  return shared;
}

TEST(ShmFull, LeftoversOfProcessesThatEndedAreNamed) {
  Scene scene = with_shm(gibibyte / 2, Role::loader_worker);
  scene.process(0).uid = scene.process(1).uid = uid_t{1000};
  const pid_t alive = scene.process(1).id.pid;
  scene.detail(0).shared_memory = nearly_full({{"/dev/shm/torch_987654_1_0", gibibyte / 2, 1000},
                                               {"/dev/shm/torch_" + std::to_string(alive) + "_2_0", 7, 1000},
                                               {"/dev/shm/torch_987653_1_0", 7, 1001},
                                               {"/dev/shm/psm_987652", 7, 1000}});
  const Finding first = scene.verdict().at(0);
  EXPECT_EQ(first.rule, "shm-full");
  EXPECT_EQ(first.evidence.back().text, "512M of it left by processes that ended: /dev/shm/torch_987654_1_0 (512M)");
  EXPECT_NE(first.actions.at(0).find("fuser"), std::string::npos);
}

TEST(ShmFull, OfAnotherContainerThePidsSayNothing) {
  Scene scene = with_shm(gibibyte / 2, Role::loader_worker);
  scene.process(0).uid = uid_t{1000};
  SharedMemory shared = nearly_full({{"/dev/shm/torch_987654_1_0", gibibyte / 2, 1000}});
  shared.same_as_ours = false;
  scene.detail(0).shared_memory = shared;
  const Finding first = scene.verdict().at(0);
  EXPECT_NE(first.summary.find("of its container"), std::string::npos) << first.summary;
  EXPECT_EQ(first.evidence.back().text.find("torch"), std::string::npos);
}

TEST(ShmFull, ItsContainersIsWhatCounts) {
  Scene scene = with_shm(gibibyte / 20, Role::loader_worker);
  scene.detail(0).shared_memory = SharedMemory{.use = {.total_bytes = gibibyte, .available_bytes = gibibyte / 2}};
  EXPECT_EQ(scene.rules(), "");
}

Scene with_descriptors(std::uint64_t used) {
  Scene scene({Role::trainer});
  scene.rates(0).states = shares(1, 0, 0);
  ResourceLimit limit{.name = "Max open files", .unit = "files", .soft = 1024, .hard = 4096, .used = used};
  scene.detail(0).limits = std::vector{limit};
  return scene;
}

TEST(FdLimit, NearlyAllDescriptorsInUse) {
  Scene scene = with_descriptors(1000);
  const Finding first = scene.verdict().at(0);
  EXPECT_EQ(first.rule, "fd-limit");
  EXPECT_NE(first.actions[0].find("ulimit -n 4096"), std::string::npos) << first.actions[0];
}

TEST(FdLimit, SilentBelow) {
  EXPECT_EQ(with_descriptors(700).rules(), "");
  Scene denied = with_descriptors(0);
  denied.detail(0).limits = Presence::denied;
  EXPECT_EQ(denied.rules(), "");
}

TEST(DiskFull, TheEdges) {
  EXPECT_EQ(writing(3 * gibibyte).rules(), "disk-full") << "97 %";
  EXPECT_EQ(writing(3 * gibibyte + (1 << 20)).rules(), "");
  Scene large = writing(gibibyte);
  (*large.now.host.mounts)[1] = mount("/data", 1000 * gibibyte, 20'000'000'000);
  EXPECT_EQ(large.rules(), "") << "98 %, and 20 GB are left";
  (*large.now.host.mounts)[1] = mount("/data", 1000 * gibibyte, 19'999'999'999);
  EXPECT_EQ(large.rules(), "disk-full");
}

TEST(DiskFull, FilesMayRunOutBeforeBytes) {
  Scene scene = writing(90 * gibibyte);
  (*(*scene.now.host.mounts)[1].use).files_free = 30;
  ASSERT_EQ(scene.rules(), "disk-full");
  EXPECT_NE(scene.verdict()[0].summary.find("inodes"), std::string::npos);
  (*(*scene.now.host.mounts)[1].use).files_free = 31;
  EXPECT_EQ(scene.rules(), "");
}

TEST(DiskFull, WhatCannotFillUpIsLeftOut) {
  Scene scene = writing(gibibyte);
  (*scene.now.host.mounts)[1].read_only = true;
  EXPECT_EQ(scene.rules(), "");
  Scene deleted = writing(gibibyte);
  (*deleted.detail(0).files)[0].deleted = true;
  EXPECT_EQ(deleted.rules(), "") << "a file that is gone from there";
  Scene own = writing(gibibyte);
  own.detail(0).files = std::vector<OpenFile>{};
  own.run().cwd = "/data/work";
  EXPECT_EQ(own.rules(), "disk-full") << "where it works";
  own.run().cwd.clear();
  own.run().directory = "/data/state";
  EXPECT_EQ(own.rules(), "disk-full") << "where its log is";
}

TEST(ShmFull, TheEdges) {
  EXPECT_EQ(with_shm(gibibyte / 10, Role::loader_worker).rules(), "shm-full");
  EXPECT_EQ(with_shm(gibibyte / 9, Role::loader_worker).rules(), "");
}

TEST(ShmFull, SegmentsOfItsOwnAreCountedOnce) {
  Scene scene = with_shm(gibibyte / 20, Role::helper);
  OpenFile segment = open_file("/dev/shm/torch_1_1", true);
  segment.size_bytes = gibibyte * 3 / 4;
  for (const std::size_t i : {0U, 1U}) scene.detail(i).files = std::vector{segment};
  ASSERT_EQ(scene.rules(), "shm-full");
  const Finding first = scene.verdict()[0];
  EXPECT_EQ(first.evidence.at(1).text, "768M of it in segments of this run");
  EXPECT_EQ(first.causes.at(0), "the run itself keeps most of it");
  for (const std::size_t i : {0U, 1U}) scene.detail(i).files = std::vector{open_file("/dev/shmother", true)};
  EXPECT_EQ(scene.rules(), "") << "another directory";
}

TEST(ShmFull, OfManyLeftoversThreeAreNamed) {
  const auto left_by = [](std::size_t count) {
    Scene scene = with_shm(gibibyte / 2, Role::loader_worker);
    scene.process(0).uid = scene.process(1).uid = uid_t{1000};
    std::vector<SharedSegment> segments;
    for (std::size_t i = 0; i < count; ++i)
      segments.push_back({fmt::format("/dev/shm/torch_98765{}_1", i), 1024, 1000});
    scene.detail(0).shared_memory = nearly_full(segments);
    return scene.verdict().at(0).evidence.back().text;
  };
  EXPECT_EQ(left_by(3).find("more"), std::string::npos) << left_by(3);
  EXPECT_NE(left_by(5).find("torch_987652_1 (1.0K) and 2 more"), std::string::npos) << left_by(5);
  EXPECT_NE(left_by(5).find("5.0K of it left"), std::string::npos) << left_by(5);
}

TEST(FdLimit, TheEdgesAndWhoComesAfterOneThatTellsNothing) {
  EXPECT_EQ(with_descriptors(922).rules(), "fd-limit");
  EXPECT_EQ(with_descriptors(921).rules(), "");
  Scene scene({Role::trainer, Role::loader_worker, Role::loader_worker});
  for (std::size_t i = 0; i < 3; ++i) scene.rates(i).states = shares(1, 0, 0);
  scene.detail(1).limits = std::vector<ResourceLimit>{};
  scene.detail(2).limits =
      std::vector{ResourceLimit{.name = "Max open files", .unit = "files", .soft = 100, .hard = 100, .used = 95}};
  ASSERT_EQ(scene.rules(), "fd-limit");
  EXPECT_NE(scene.verdict()[0].actions[0].find("root may raise it"), std::string::npos);
}

}  // namespace
}  // namespace vigie::rules
