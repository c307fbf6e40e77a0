#include "sources/sys/mounts.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>

namespace vigie::sys {
namespace {

using std::chrono::milliseconds;

std::vector<MountSample> mounts_at(const std::vector<std::string>& paths) {
  std::vector<MountSample> mounts;
  for (const std::string& path : paths) mounts.push_back({.path = path, .source = {}, .type = "nfs", .use = {}});
  return mounts;
}

/// File systems of which those whose path begins with /dead answer only once they are let go.
struct FakeMounts {
  std::promise<void> let_go;
  std::shared_future<void> gone = let_go.get_future().share();
  std::atomic<int> asked_dead = 0;
  std::atomic<bool> dead = true;

  Reading<MountUse> ask(const std::string& path) {
    if (path.starts_with("/dead") && dead) {
      ++asked_dead;
      gone.wait();
    }
    return MountUse{.total_bytes = path.size()};
  }
};

TEST(Mounts, ADeadOneDoesNotHideTheOthers) {
  const auto fake = std::make_shared<FakeMounts>();
  MountSampler sampler(milliseconds(20), [fake](const std::string& path) { return fake->ask(path); });
  std::vector<MountSample> mounts = mounts_at({"/a", "/dead/1", "/bb", "/dead/2", "/ccc"});
  sampler.add_use(mounts);
  EXPECT_EQ(mounts[0].use, Reading(MountUse{.total_bytes = 2}));
  EXPECT_EQ(mounts[1].use.presence(), Presence::unknown);
  EXPECT_EQ(mounts[2].use, Reading(MountUse{.total_bytes = 3}));
  EXPECT_EQ(mounts[3].use.presence(), Presence::unknown);
  EXPECT_EQ(mounts[4].use, Reading(MountUse{.total_bytes = 4}));
  sampler.add_use(mounts);
  EXPECT_EQ(fake->asked_dead, 2) << "not asked again while it does not answer";
  EXPECT_TRUE(mounts[4].use);
  fake->let_go.set_value();
}

TEST(Mounts, WhatWasKnownBecomesStale) {
  const auto fake = std::make_shared<FakeMounts>();
  fake->dead = false;
  MountSampler sampler(milliseconds(20), [fake](const std::string& path) { return fake->ask(path); });
  std::vector<MountSample> mounts = mounts_at({"/dead"});
  sampler.add_use(mounts);
  EXPECT_EQ(mounts[0].use.presence(), Presence::known);
  fake->dead = true;
  sampler.add_use(mounts);
  EXPECT_EQ(mounts[0].use.presence(), Presence::stale);
  EXPECT_EQ(mounts[0].use->total_bytes, 5U);
  fake->let_go.set_value();
}

TEST(Mounts, StatvfsOfThisHost) {
  const Reading<MountUse> root = ask_statvfs("/");
  ASSERT_TRUE(root);
  EXPECT_GE(root->total_bytes, root->free_bytes);
  EXPECT_EQ(ask_statvfs("/nonexistent").presence(), Presence::unsupported);
}

}  // namespace
}  // namespace vigie::sys
