// Runs that wait for a lock on a file, in the kernel or by trying again and again.
#include <gtest/gtest.h>

#include "rules/scene_for_tests.hpp"

namespace vigie::rules {
namespace {

/// A process that sleeps for a moment and looks again whether another one has let go of a data base.
struct Trying : Scene {
  Trying() : Scene({Role::other}) {
    StateShares naps = shares(0, 1, 0);
    naps.in_poll = 0;
    naps.in_timer = 0.8;
    rates(0).states = naps;
    rates(0).voluntary_switches_per_second = 4.0;
    holder = process(add_other("sqlite3", 0)).id.pid;
    now.host.locks = std::vector{lock(holder)};
    OpenFile file;
    file.path = "/data/x.db";
    file.inode = 70;
    file.device = 8;
    file.type = FileType::regular;
    detail(0).files = std::vector{file};
    history(3, [](Snapshot&, double) {});
  }
  static FileLock lock(pid_t pid) {
    return {.number = 3, .exclusive = true, .kind = "POSIX", .pid = pid, .device = 8, .inode = 70};
  }
  std::vector<FileLock>& locks() { return *now.host.locks; }
  OpenFile& file() { return (*detail(0).files)[0]; }
  Finding first() {
    const std::vector<Finding> found = verdict();
    return found.empty() ? Finding{} : found[0];
  }

  pid_t holder = 0;
};

TEST(LockTries, OneThatTriesAgainAndAgainWaitsForIt) {
  Trying scene;
  const Finding found = scene.first();
  EXPECT_EQ(found.rule, "hung");
  EXPECT_EQ(found.confidence, 0.75);
  EXPECT_EQ(found.summary, "waits for the lock on /data/x.db that sqlite3 (pid 11) has");
  EXPECT_EQ(found.evidence.at(0).text, "python3 (pid 10) sleeps and tries again, 4 times a second, all through 4 s");
  EXPECT_EQ(found.evidence.at(1).text, "sqlite3 (pid 11) has the lock on /data/x.db (POSIX, /proc/locks)");
}

TEST(LockTries, OneThatSleepsLongerOrWorksDoesNotTry) {
  Trying rarely;
  rarely.rates(0).voluntary_switches_per_second = 3.9;
  EXPECT_EQ(rarely.rules(), "");
  rarely.rates(0).voluntary_switches_per_second = Presence::denied;
  EXPECT_EQ(rarely.rules(), "");
  Trying sleeps;
  StateShares naps = *sleeps.rates(0).states;
  naps.in_timer = 0.79;
  sleeps.rates(0).states = naps;
  EXPECT_EQ(sleeps.rules(), "");
  sleeps.rates(0).states = Presence::denied;
  EXPECT_EQ(sleeps.rules(), "");
  Trying works;
  works.rates(0).cpu_percent = 4.9;
  EXPECT_EQ(works.rules(), "hung");
  works.rates(0).cpu_percent = 5.0;
  EXPECT_EQ(works.rules(), "");
}

TEST(LockTries, ASharedLockKeepsOutWhoHasTheOtherPartOfIt) {
  Trying scene;
  scene.locks()[0].exclusive = false;
  EXPECT_EQ(scene.rules(), "") << "many may read at once";
  scene.locks().push_back(Trying::lock(10));  // PENDING of SQLite: it wants to write
  EXPECT_EQ(scene.rules(), "hung");
  EXPECT_NE(scene.first().evidence.at(1).text.find("has a shared lock on"), std::string::npos);
  scene.locks()[1].exclusive = false;
  EXPECT_EQ(scene.rules(), "");
  scene.locks()[1] = Trying::lock(10);
  scene.locks()[1].waits = true;
  scene.locks()[1].pid = 12;
  EXPECT_EQ(scene.rules(), "") << "that is another one's";
  scene.locks()[1] = Trying::lock(10);
  scene.locks()[1].inode = 71;
  EXPECT_EQ(scene.rules(), "") << "that is another file";
}

TEST(LockTries, ItsOwnLockAndOneThatOthersWaitForKeepNobodyOut) {
  Trying own;
  own.locks()[0].pid = 10;
  EXPECT_EQ(own.rules(), "");
  Trying waits;
  waits.locks()[0].waits = true;
  EXPECT_EQ(waits.rules(), "");
}

TEST(LockTries, TheFileIsToldByDeviceAndInode) {
  Trying scene;
  scene.file().device = 9;
  EXPECT_EQ(scene.rules(), "") << "a small inode number is on every disk";
  scene.file().inode = scene.locks()[0].inode = 1000;
  EXPECT_EQ(scene.rules(), "");
  scene.file().inode = scene.locks()[0].inode = 1001;
  EXPECT_EQ(scene.rules(), "hung") << "btrfs says another device of its locks";
  scene.file().device = Presence::unknown;
  scene.file().inode = scene.locks()[0].inode = 70;
  EXPECT_EQ(scene.rules(), "hung");
  scene.file().inode = Presence::unknown;
  EXPECT_EQ(scene.rules(), "");
  scene.detail(0).files = Presence::denied;
  EXPECT_EQ(scene.rules(), "");
}

TEST(LockTries, ItIsHeldInEveryLookOfThreeSeconds) {
  Trying scene;
  scene.history(2, [](Snapshot&, double) {});
  EXPECT_EQ(scene.rules(), "");
  scene.history(3, [](Snapshot& then, double second) {
    if (second == -2) (*then.host.locks)[0].pid = 4711;
  });
  EXPECT_EQ(scene.rules(), "") << "another had it meanwhile";
  scene.history(3, [](Snapshot& then, double second) {
    if (second == -2) then.host.locks = Presence::unknown;
  });
  EXPECT_EQ(scene.rules(), "hung") << "one look that could not be taken says nothing";
  scene.history(3, [](Snapshot& then, double) { (*then.host.locks)[0].device = 9; });
  EXPECT_EQ(scene.rules(), "");
  scene.history(3, [](Snapshot&, double) {});
  scene.now.host.locks = Presence::denied;
  EXPECT_EQ(scene.rules(), "");
}

TEST(LockTries, TheSecondLockAndTheSecondProcessAreLookedAtToo) {
  Trying scene;
  scene.locks().insert(scene.locks().begin(), FileLock{.exclusive = true, .pid = scene.holder, .inode = 69});
  scene.locks().insert(scene.locks().begin(), FileLock{.exclusive = true, .pid = 10, .device = 8, .inode = 70});
  EXPECT_EQ(scene.rules(), "hung");
  scene.run().members.insert(scene.run().members.begin(),
                             Member{.process = scene.add(Role::other), .role = Role::other});
  scene.run().members.pop_back();
  EXPECT_EQ(scene.rules(), "hung");
}

/// A process that waits in the kernel for a lock.
struct InKernel : Trying {
  InKernel() {
    rates(0).states = shares(0, 1, 0);
    FileLock waits = lock(10);
    waits.waits = true;
    locks().push_back(waits);
  }
};

TEST(LockWaits, WhoHasItAsFarAsThatIsKnown) {
  InKernel scene;
  EXPECT_EQ(scene.first().evidence.at(0).text, "python3 (pid 10) waits for it in the kernel, all through 4 s");
  scene.locks()[0].pid = 4711;
  EXPECT_NE(scene.first().summary.find("process 4711, which has ended and left it to a child"), std::string::npos);
  EXPECT_EQ(scene.first().actions.at(0), "the processes that have /data/x.db open: fuser -v /data/x.db");
  scene.locks()[0].pid = 0;
  EXPECT_NE(scene.first().summary.find("a process that /proc/locks does not name"), std::string::npos);
  scene.locks()[0].pid = 10;
  EXPECT_NE(scene.first().summary.find("python3 (pid 10) of this run"), std::string::npos);
  scene.locks()[0].number = 4;
  EXPECT_NE(scene.first().summary.find("a process that /proc/locks does not name"), std::string::npos)
      << "another lock on the same file";
  EXPECT_NE(scene.first().evidence.at(1).text.find("kind unknown"), std::string::npos);
  scene.locks()[0].number = 3;
  scene.locks()[0].device = 9;
  EXPECT_NE(scene.first().summary.find("a process that /proc/locks does not name"), std::string::npos);
}

TEST(LockWaits, ARunThatHasItIsNamed) {
  InKernel scene;
  vigie::Run other;
  other.id = "other1";
  other.name = "writer";
  scene.frame.view.runs.push_back(other);
  scene.frame.view.run_of[1] = 1;
  EXPECT_NE(scene.first().summary.find("sqlite3 (pid 11) of run writer"), std::string::npos) << scene.first().summary;
  scene.frame.view.run_of.resize(1);
  EXPECT_EQ(scene.first().summary.find("of run"), std::string::npos);
}

TEST(LockWaits, TheFileIsThatOfTheLockOrOfTheCall) {
  InKernel scene;
  scene.detail(0).files = Presence::denied;
  EXPECT_NE(scene.first().summary.find("a file without a name"), std::string::npos);
  Doing doing;
  doing.threads = {{.comm = "a", .call = std::string("read"), .file = "/data/other"},
                   {.comm = "b", .call = std::string("fcntl"), .file = ""},
                   {.comm = "c", .call = std::string("flock"), .file = "/data/lock"}};
  scene.detail(0).doing = doing;
  EXPECT_NE(scene.first().summary.find("/data/lock"), std::string::npos) << scene.first().summary;
  (*scene.detail(0).doing).threads[2].call = std::string("fcntl");
  EXPECT_NE(scene.first().summary.find("/data/lock"), std::string::npos) << scene.first().summary;
  (*scene.detail(0).doing).threads.pop_back();
  EXPECT_NE(scene.first().summary.find("a file without a name"), std::string::npos);
  scene.now.details.clear();
  EXPECT_NE(scene.first().summary.find("a file without a name"), std::string::npos);
}

TEST(LockWaits, AShortLookSuspectsIt) {
  InKernel scene;
  scene.history(1, [](Snapshot&, double) {});
  scene.frame.delta.elapsed_seconds = 1;
  EXPECT_EQ(scene.rules(), "");
  ASSERT_EQ(scene.suspected.size(), 1U);
  EXPECT_EQ(scene.suspected[0].text, "python3 (pid 10) waits for a lock on a file");
  EXPECT_EQ(scene.wanted, 3);
  scene.rates(0).cpu_percent = 5.0;
  (void)scene.verdict();
  EXPECT_TRUE(scene.suspected.empty());
  scene.rates(0).cpu_percent = 0.0;
  scene.locks().back().pid = 11;
  (void)scene.verdict();
  EXPECT_TRUE(scene.suspected.empty()) << "another one waits";
}

}  // namespace
}  // namespace vigie::rules
