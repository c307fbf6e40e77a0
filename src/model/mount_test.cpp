#include "model/mount.hpp"

#include <gtest/gtest.h>

namespace vigie {
namespace {

std::vector<MountSample> mounts(std::initializer_list<const char*> paths) {
  std::vector<MountSample> all;
  for (const char* path : paths) all.emplace_back().path = path;
  return all;
}

TEST(MountOf, TheLongestThatIsAWholePrefix) {
  const std::vector<MountSample> all = mounts({"/", "/data", "/data/sets", "/dat"});
  EXPECT_EQ(mount_of(all, "/data/sets/a")->path, "/data/sets");
  EXPECT_EQ(mount_of(all, "/data/sets")->path, "/data/sets");
  EXPECT_EQ(mount_of(all, "/data/setsuna")->path, "/data") << "not within /data/sets";
  EXPECT_EQ(mount_of(all, "/database")->path, "/");
  EXPECT_EQ(mount_of(all, "/dat/x")->path, "/dat");
  EXPECT_EQ(mount_of(all, "/")->path, "/");
}

TEST(MountOf, OfTwoOnOneDirectoryTheLaterOneHidesTheOther) {
  const std::vector<MountSample> all = mounts({"/", "/data", "/data"});
  EXPECT_EQ(mount_of(all, "/data/x"), &all[2]);
}

TEST(MountOf, WithoutARootAPathMayLieInNone) {
  EXPECT_EQ(mount_of(mounts({"/data"}), "/home"), nullptr);
  EXPECT_EQ(mount_of({}, "/"), nullptr);
}

}  // namespace
}  // namespace vigie
