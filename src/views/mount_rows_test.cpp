#include "views/mount_rows.hpp"

#include <gtest/gtest.h>

#include "format/table.hpp"
#include "views/scene_for_tests.hpp"

namespace vigie::views {
namespace {

constexpr MountUse roomy{
    .total_bytes = 1000, .free_bytes = 600, .available_bytes = 600, .files = 100, .files_free = 90};

MountSample mount_at(std::string path, std::string type, Reading<MountUse> use) {
  MountSample mount;
  mount.path = std::move(path);
  mount.type = std::move(type);
  mount.use = std::move(use);
  return mount;
}

std::vector<std::string> paths_of(const Frame& frame) {
  std::vector<std::string> paths;
  for (const MountRow& row : mount_rows(frame)) paths.push_back(row.sample->path);
  return paths;
}

std::string remark_at(const Frame& frame, std::size_t row) {
  return format::human(metric("remark"), mount_columns().back().cell(mount_rows(frame)[row]));
}

TEST(MountRows, TheFullestComeFirstAndBeforeThemWhatDoesNotAnswer) {
  MountUse full = roomy, few_files = roomy;
  full.available_bytes = full.free_bytes = 10;
  few_files.files_free = 2;
  Scene scene;
  scene.snapshot.host.mounts = std::vector{mount_at("/", "ext4", roomy), mount_at("/files", "ext4", few_files),
                                           mount_at("/full", "xfs", full), mount_at("/nfs", "nfs4", Presence::unknown)};
  const Frame frame = scene.frame();
  EXPECT_EQ(paths_of(frame), (std::vector<std::string>{"/nfs", "/full", "/files", "/"}));
  EXPECT_EQ(remark_at(frame, 0), "does not answer");
  EXPECT_EQ(remark_at(frame, 2), "2 files more");
}

TEST(MountRows, WhatIsFullByNatureAndWhatIsEmptyInMemoryIsLeftOut) {
  MountUse image = roomy, empty = roomy;
  image.available_bytes = image.free_bytes = 0;
  empty.available_bytes = empty.free_bytes = 1000;
  empty.files_free = 100;
  MountSample package = mount_at("/snap/core", "squashfs", image);
  package.read_only = true;
  Scene scene;
  scene.snapshot.host.mounts =
      std::vector{package, mount_at("/run/lock", "tmpfs", empty), mount_at("/dev/shm", "tmpfs", empty)};
  EXPECT_EQ(paths_of(scene.frame()), std::vector<std::string>{"/dev/shm"});
}

TEST(MountRows, WhereMountsWereNotReadThereIsNoRow) {
  Scene scene;
  scene.snapshot.host.mounts = Presence::denied;
  EXPECT_TRUE(mount_rows(scene.frame()).empty());
}

}  // namespace
}  // namespace vigie::views
