#include "sources/sys/mounts.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <new>

namespace vigie::sys {
namespace {

using std::chrono::milliseconds;

std::vector<MountSample> mounts_at(const std::vector<std::string>& paths) {
  std::vector<MountSample> mounts;
  for (const std::string& path : paths) mounts.push_back({.path = path, .source = {}, .type = "nfs", .use = {}});
  return mounts;
}

/// What a test and the children that ask have in common.
struct Common {
  std::atomic<int> asked_dead = 0;
  std::atomic<bool> dead = true;
  std::atomic<pid_t> stuck = 0;  ///< the last child that waited for a dead one
};

/// File systems of which those whose path begins with /dead do not answer as long as they are dead.
class FakeMounts {
 public:
  FakeMounts()
      : common_(new(::mmap(nullptr, sizeof(Common), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))
                    Common) {}
  FakeMounts(const FakeMounts&) = delete;
  FakeMounts& operator=(const FakeMounts&) = delete;
  ~FakeMounts() { ::munmap(common_, sizeof(Common)); }

  [[nodiscard]] Common* operator->() const { return common_; }
  [[nodiscard]] AskMount ask() const {
    return [common = common_](const std::string& path) -> Reading<MountUse> {
      const bool dead = path.starts_with("/dead") && common->dead;
      if (dead) {
        common->stuck = ::getpid();
        ++common->asked_dead;
      }
      while (dead && common->dead) ::poll(nullptr, 0, 1);
      return MountUse{.total_bytes = path.size()};
    };
  }

 private:
  Common* common_;
};

TEST(Mounts, ADeadOneDoesNotHideTheOthers) {
  const FakeMounts fake;
  MountSampler sampler(milliseconds(100), fake.ask());
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
  fake->dead = false;
  for (int looks = 0; looks < 1000 && !mounts[1].use; ++looks) sampler.add_use(mounts);
  EXPECT_EQ(mounts[1].use, Reading(MountUse{.total_bytes = 7}));
}

TEST(Mounts, WhatWasKnownBecomesStale) {
  const FakeMounts fake;
  fake->dead = false;
  MountSampler sampler(milliseconds(100), fake.ask());
  std::vector<MountSample> mounts = mounts_at({"/dead"});
  sampler.add_use(mounts);
  EXPECT_EQ(mounts[0].use.presence(), Presence::known);
  fake->dead = true;
  sampler.add_use(mounts);
  EXPECT_EQ(mounts[0].use.presence(), Presence::stale);
  EXPECT_EQ(mounts[0].use->total_bytes, 5U);
}

TEST(Mounts, FreshAnswersHoldUntilAMountIsThereThatHasNone) {
  const FakeMounts fake;
  MountSampler sampler(milliseconds(50), fake.ask(), std::chrono::hours(1));
  std::vector<MountSample> mounts = mounts_at({"/a", "/dead"});
  sampler.add_use(mounts);
  EXPECT_EQ(mounts[0].use->total_bytes, 2U);
  const int asked = fake->asked_dead;
  mounts = mounts_at({"/a"});
  sampler.add_use(mounts);
  EXPECT_EQ(mounts[0].use, Reading(MountUse{.total_bytes = 2}));
  fake->dead = false;
  mounts = mounts_at({"/a", "/dead", "/new"});
  sampler.add_use(mounts);
  EXPECT_EQ(mounts[2].use, Reading(MountUse{.total_bytes = 4}));
  EXPECT_EQ(asked, 1);
}

TEST(Mounts, FreshAnswersNeedNoOtherProcess) {
  const FakeMounts fake;
  fake->dead = false;
  MountSampler sampler(milliseconds(50), fake.ask(), std::chrono::hours(1));
  std::vector<MountSample> mounts = mounts_at({"/dead"});
  sampler.add_use(mounts);
  fake->dead = true;
  sampler.add_use(mounts);
  EXPECT_EQ(mounts[0].use, Reading(MountUse{.total_bytes = 5}));
  EXPECT_EQ(fake->asked_dead, 0);
}

TEST(Mounts, WhoWaitsForADeadOneIsAnotherProcessAndLeavesNoneBehindThatCanBeKilled) {
  const FakeMounts fake;
  {
    MountSampler sampler(milliseconds(50), fake.ask());
    std::vector<MountSample> mounts = mounts_at({"/dead"});
    sampler.add_use(mounts);
    EXPECT_NE(fake->stuck, ::getpid());
  }
  int status = 0;
  EXPECT_EQ(::waitpid(fake->stuck, &status, __WALL), fake->stuck);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

TEST(Mounts, AnAskerThatIsKilledHidesNoMoreThanItWouldHaveSaid) {
  const FakeMounts fake;
  MountSampler sampler(milliseconds(50), fake.ask());
  std::vector<MountSample> mounts = mounts_at({"/a", "/dead"});
  sampler.add_use(mounts);
  ::kill(fake->stuck, SIGKILL);
  fake->dead = false;
  for (int looks = 0; looks < 1000 && !mounts[1].use; ++looks) sampler.add_use(mounts);
  EXPECT_TRUE(mounts[1].use);
}

TEST(Mounts, WhatIsBegunAndFinishedAtOnceIsNotWaitedFor) {
  const FakeMounts fake;
  MountSampler sampler(milliseconds(100), fake.ask());
  const std::vector<MountSample> these = mounts_at({"/a", "/dead/1", "/dead/2", "/bb"});
  sampler.begin(these);
  EXPECT_FALSE(sampler.waits()) << "nothing was asked";
  sampler.ask();
  EXPECT_TRUE(sampler.waits());
  EXPECT_EQ((*sampler.finish())[1].use.presence(), Presence::unknown);
  sampler.begin(these);
  sampler.ask();
  while (sampler.waits()) ::poll(nullptr, 0, 1);
  const Reading<std::vector<MountSample>> mounts = sampler.finish();
  ASSERT_EQ(mounts->size(), 4U);
  EXPECT_EQ((*mounts)[0].use, Reading(MountUse{.total_bytes = 2}));
  EXPECT_EQ((*mounts)[2].use.presence(), Presence::unknown);
  EXPECT_EQ((*mounts)[3].use, Reading(MountUse{.total_bytes = 3}));
  EXPECT_EQ(fake->asked_dead, 2);
}

TEST(Mounts, StatvfsOfThisHost) {
  const Reading<MountUse> root = ask_statvfs("/");
  ASSERT_TRUE(root);
  EXPECT_GE(root->total_bytes, root->free_bytes);
  EXPECT_EQ(ask_statvfs("/nonexistent").presence(), Presence::unsupported);
}

}  // namespace
}  // namespace vigie::sys
