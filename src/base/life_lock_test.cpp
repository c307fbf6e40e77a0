#include "base/life_lock.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/test_directory.hpp"

namespace vigie {
namespace {

/// A process that holds a lock until it is killed.
pid_t hold(const std::string& directory, LifeRole role) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const Fd dir(::open(directory.c_str(), O_RDONLY | O_DIRECTORY));
    LifeLock lock;
    const char taken = lock.take(dir.get(), role) == LifeLock::Taken::yes ? 'y' : 'n';
    (void)!::write(ends[1], &taken, 1);
    ::pause();
    ::_exit(0);
  }
  char taken = 0;
  EXPECT_EQ(::read(ends[0], &taken, 1), 1);
  EXPECT_EQ(taken, 'y');
  ::close(ends[0]);
  ::close(ends[1]);
  return child;
}

TEST(LifeLock, TellsWhoHoldsItUntilItsProcessIsKilled) {
  const TestDirectory directory;
  EXPECT_FALSE(life_locks(directory.path() + "/life")) << "a run of an older vigie has none";
  const pid_t holder = hold(directory.path(), LifeRole::holder);
  const pid_t recorder = hold(directory.path(), LifeRole::recorder);
  std::optional<LifeLocks> locks = life_locks(directory.path() + "/life");
  ASSERT_TRUE(locks);
  EXPECT_EQ(locks->holder, holder);
  EXPECT_EQ(locks->recorder, recorder);
  EXPECT_TRUE(may_hold_life_lock(holder));
  EXPECT_FALSE(may_hold_life_lock(::getppid())) << "another program without a lock";
  const Fd dir(::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY));
  LifeLock second;
  EXPECT_EQ(second.take(dir.get(), LifeRole::holder), LifeLock::Taken::by_another);
  ::kill(holder, SIGKILL);
  ::waitpid(holder, nullptr, 0);
  locks = life_locks(directory.path() + "/life");
  ASSERT_TRUE(locks);
  EXPECT_FALSE(locks->held_by_holder);
  EXPECT_TRUE(locks->held_by_recorder);
  EXPECT_EQ(second.take(dir.get(), LifeRole::holder), LifeLock::Taken::yes);
  ::kill(recorder, SIGKILL);
  ::waitpid(recorder, nullptr, 0);
}

TEST(LifeLock, AKeeperThatAsksOfItsOwnRunKeepsItsLock) {
  const TestDirectory directory;
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t keeper = ::fork();
  if (keeper == 0) {
    const Fd dir(::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY));
    LifeLock lock;
    (void)lock.take(dir.get(), LifeRole::holder);
    const std::optional<LifeLocks> own = life_locks(directory.path() + "/life");
    (void)!::write(ends[1], own && own->held_by_holder ? "y" : "n", 1);
    ::pause();
    ::_exit(0);
  }
  char told = 0;
  ASSERT_EQ(::read(ends[0], &told, 1), 1);
  EXPECT_EQ(told, 'y');
  EXPECT_TRUE(life_locks(directory.path() + "/life")->held_by_holder);
  ::kill(keeper, SIGKILL);
  ::waitpid(keeper, nullptr, 0);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(LifeLock, WhatIsNoFileIsNoLock) {
  const TestDirectory directory;
  ASSERT_EQ(::mkfifo((directory.path() + "/life").c_str(), 0600), 0);
  EXPECT_FALSE(life_locks(directory.path() + "/life"));
  const Fd dir(::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY));
  EXPECT_EQ(LifeLock().take(dir.get(), LifeRole::holder), LifeLock::Taken::unsupported);
}

TEST(LifeLock, IsTakenAnewInADirectoryThatWasMadeAnewAndKeptWhereThatIsGone) {
  const TestDirectory directory;
  const pid_t keeper = ::fork();
  if (keeper == 0) {  // it ends with what went wrong, and its lock
    const std::string &before = directory.path(), after = directory.path("again");
    const Fd dir(::open(before.c_str(), O_RDONLY | O_DIRECTORY));
    LifeLock lock;
    if (lock.take(dir.get(), LifeRole::holder) != LifeLock::Taken::yes) ::_exit(1);
    lock.take_anew("/nowhere", LifeRole::holder);
    if (!life_locks(before + "/life")->held_by_holder) ::_exit(2);
    if (::mkdir(after.c_str(), 0700) != 0) ::_exit(3);
    lock.take_anew(after, LifeRole::holder);
    ::_exit(life_locks(after + "/life")->held_by_holder && !life_locks(before + "/life")->held_by_holder ? 0 : 4);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(keeper, &status, 0), keeper);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace vigie
