#include "wire/keepers.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "base/life_lock.hpp"
#include "base/process.hpp"
#include "base/test_directory.hpp"
#include "wire/run_directory.hpp"

namespace vigie::wire {
namespace {

/// The directory of a run and its record, and a keeper that can be made to live and die.
class Keeping : public ::testing::Test {
 protected:
  void SetUp() override {
    record_.id = "abc";
    record_.state = RunState::running;
    record_.directory = directory_.path();
    record_.place = here_;
  }
  void TearDown() override { end(); }

  void keep(LifeRole role) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    keeper_ = ::fork();
    if (keeper_ == 0) {
      const Fd dir(::open(record_.directory.c_str(), O_RDONLY | O_DIRECTORY));
      LifeLock lock;
      (void)lock.take(dir.get(), role);
      (void)!::write(ends[1], "", 1);
      ::pause();
      ::_exit(0);
    }
    char byte = 0;
    ASSERT_EQ(::read(ends[0], &byte, 1), 1);
    ::close(ends[0]);
    ::close(ends[1]);
  }
  void end() {
    if (keeper_ <= 0) return;
    ::kill(keeper_, SIGKILL);
    ::waitpid(keeper_, nullptr, 0);
    keeper_ = 0;
  }
  [[nodiscard]] Keepers found() const { return keepers_of(record_, here_); }
  [[nodiscard]] RunState state() const { return state_of(record_, found()); }

  TestDirectory directory_;
  ProcessSpace here_ = this_process_space();
  RunRecord record_;
  pid_t keeper_ = 0;
};

TEST_F(Keeping, AForgedPidIsNotBelieved) {
  keep(LifeRole::holder);
  record_.holder = {::getpid(), stat_of_process(::getpid())->start_ticks};  // alive, and no keeper
  EXPECT_TRUE(found().alive);
  EXPECT_EQ(found().holder.pid, keeper_);
  end();
  EXPECT_FALSE(found().alive) << "the lock is free: the pid in the record says nothing";
  EXPECT_EQ(state(), RunState::lost);
}

TEST_F(Keeping, ARecorderAloneKeepsTheRun) {
  keep(LifeRole::recorder);
  EXPECT_TRUE(found().alive);
  EXPECT_EQ(found().holder.pid, 0);
  EXPECT_EQ(found().recorder.pid, keeper_);
}

TEST_F(Keeping, WithoutLocksPidAndStartTimeTell) {
  record_.holder = {::getpid(), stat_of_process(::getpid())->start_ticks};
  EXPECT_TRUE(found().alive);
  ++record_.holder.start_ticks;
  EXPECT_FALSE(found().alive) << "the pid was given to another process";
}

TEST_F(Keeping, AnotherMachineIsTakenForAlive) {
  record_.place.host = "node7";
  record_.place.machine_id = "another";
  record_.place.boot_id = "another";
  EXPECT_EQ(state(), RunState::elsewhere);
  EXPECT_EQ(found().elsewhere, "it runs on node7");
}

TEST_F(Keeping, AnotherNamespaceIsElsewhereWhileTheLockIsHeld) {
  record_.place.pid_namespace = 1;
  keep(LifeRole::holder);
  EXPECT_EQ(state(), RunState::elsewhere);
  EXPECT_EQ(found().holder.pid, 0) << "its number is another process's there";
  end();
  EXPECT_EQ(state(), RunState::lost);
}

TEST_F(Keeping, ARebootLeavesItLostAndItsPidsMeaningless) {
  record_.place.boot_id = "the boot before";
  record_.leader = {::getpid(), 1};
  EXPECT_EQ(state(), RunState::lost);
  drop_foreign_pids(record_, here_);
  EXPECT_EQ(record_.leader.pid, 0);
}

TEST_F(Keeping, AStartIsUnderWayWhileItIsLocked) {
  record_.state = RunState::starting;
  EXPECT_EQ(state(), RunState::lost) << "its client was killed";
  Result<ChangeLock> lock = ChangeLock::take(record_.directory);
  ASSERT_TRUE(lock);
  EXPECT_TRUE(found().starting);
  EXPECT_FALSE(keepers_of(record_, here_, Changing::caller).alive) << "the caller is not another one";
  lock->release();
  EXPECT_FALSE(found().alive);
}

TEST_F(Keeping, TheLockOfARemovedRunIsNotGiven) {
  const std::string gone = directory_.path() + "/gone";
  EXPECT_EQ(ChangeLock::take(gone).error().kind, ErrorKind::no_target);
  EXPECT_FALSE(is_being_changed(gone));
}

TEST_F(Keeping, WhyItCannotBeSeenFromHereIsSaid) {
  keep(LifeRole::holder);
  const ProcessSpace before = record_.place;
  record_.place.pid_namespace = before.pid_namespace + 1;
  EXPECT_EQ(found().elsewhere, "it runs in another PID namespace, as in a container");
  record_.place = before;
  record_.place.time_namespace = before.time_namespace + 1;
  EXPECT_EQ(found().elsewhere, "it runs in another time namespace");
  record_.place.boot_id = "another";
  EXPECT_EQ(found().elsewhere, "it runs under another boot of the kernel");
  EXPECT_TRUE(found().alive);
  EXPECT_FALSE(found().assumed) << "its lock is held";
  record_.place = before;
  ProcessSpace without_proc = here_;
  without_proc.boot_id.clear();
  EXPECT_EQ(keepers_of(record_, without_proc).elsewhere, "/proc is not mounted here: its processes cannot be seen");
  EXPECT_EQ(found().elsewhere, "");
}

TEST_F(Keeping, AMachineThatWasRenamedIsTheSameWhereItsDiskIsItsOwn) {
  record_.place.host = "the name before";
  record_.place.boot_id = "the boot before";
  EXPECT_EQ(state(), here_.machine_id.empty() ? RunState::elsewhere : RunState::lost);
  record_.place.machine_id.clear();
  EXPECT_EQ(state(), RunState::elsewhere) << "nobody knows which machine that was";
  EXPECT_TRUE(found().assumed);
}

TEST_F(Keeping, WhatIsOverIsOverWhoeverLives) {
  keep(LifeRole::holder);
  EXPECT_EQ(state(), RunState::running);
  record_.state = RunState::exited;
  EXPECT_EQ(state(), RunState::exited);
}

TEST_F(Keeping, ALockThatIsHeldByNobodyIsNotTakenByAPidThatIsNoKeepers) {
  keep(LifeRole::recorder);
  end();
  record_.recorder = {::getpid(), stat_of_process(::getpid())->start_ticks};
  EXPECT_FALSE(found().alive);
}

TEST_F(Keeping, OnlyAStartIsUnderWay) {
  const Result<ChangeLock> lock = ChangeLock::take(record_.directory);
  ASSERT_TRUE(lock);
  EXPECT_FALSE(found().alive) << "a running one whose keeper is gone is being restarted or removed";
  for (const RunState state : {RunState::starting, RunState::queued}) {
    record_.state = state;
    EXPECT_TRUE(found().alive && found().starting);
  }
}

TEST_F(Keeping, PidsThatMeanSomethingHereStay) {
  record_.holder = record_.recorder = record_.leader = {7, 8};
  drop_foreign_pids(record_, here_);
  EXPECT_EQ(record_.leader.pid, 7);
  record_.place.pid_namespace = here_.pid_namespace + 1;
  drop_foreign_pids(record_, here_);
  EXPECT_EQ(record_.holder.pid + record_.recorder.pid + record_.leader.pid, 0);
}

/// How often the lock of a run is open in this process.
std::size_t opened_locks(const std::string& directory) {
  std::size_t count = 0;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
    count += std::filesystem::read_symlink(entry, ignored) == directory + "/lock" ? 1 : 0;
  return count;
}

TEST_F(Keeping, WhoeverChangesARunIsWaitedFor) {
  Result<ChangeLock> first = ChangeLock::take(record_.directory);
  ASSERT_TRUE(first);
  EXPECT_TRUE(is_being_changed(record_.directory));
  bool second = false;
  std::thread other([&] { second = ChangeLock::take(record_.directory).has_value(); });
  while (opened_locks(record_.directory) < 2) std::this_thread::yield();
  first->release();
  other.join();
  EXPECT_TRUE(second);
  EXPECT_FALSE(is_being_changed(record_.directory)) << "the kernel drops it with the last that has it";
}

TEST_F(Keeping, ARunThatIsRemovedAndMadeAnewWhileItsLockIsWaitedForIsNotTheOneThatWasMeant) {
  Result<ChangeLock> first = ChangeLock::take(record_.directory);
  ASSERT_TRUE(first);
  ErrorKind kind = ErrorKind::failed;
  std::thread other([&] {
    const Result<ChangeLock> late = ChangeLock::take(record_.directory);
    if (!late) kind = late.error().kind;
  });
  while (opened_locks(record_.directory) < 2) std::this_thread::yield();
  ASSERT_EQ(::unlink((record_.directory + "/lock").c_str()), 0);
  std::ofstream(record_.directory + "/lock") << "";
  first->release();
  other.join();
  EXPECT_EQ(kind, ErrorKind::no_target);
}

TEST(Wish, IsOfOneAttempt) {
  const TestDirectory directory;
  RunRecord record;
  record.attempt = 3;
  record.directory = directory.path();
  EXPECT_FALSE(read_wish(record));
  ASSERT_TRUE(write_wish(record, {.signal = 15, .grace_seconds = 7, .wall_ns = 1}));
  ASSERT_TRUE(read_wish(record));
  EXPECT_EQ(read_wish(record)->grace_seconds, 7);
  record.attempt = 4;
  EXPECT_FALSE(read_wish(record)) << "the next attempt is another wish";
  record.attempt = 3;
  ASSERT_TRUE(keep_room(directory.path()));
  EXPECT_FALSE(read_wish(record));
}

TEST(Record, ADirectoryInItsPlaceIsSetAside) {
  const TestDirectory parent;
  RunRecord record;
  record.id = "abc";
  record.directory = parent.path() + "/abc";
  record.state = RunState::running;
  ASSERT_EQ(::mkdir(record.directory.c_str(), 0700), 0);
  for (int number = 0; number < 10; ++number) {
    ASSERT_EQ(::mkdir((record.directory + "/run.json").c_str(), 0700), 0);
    ASSERT_TRUE(write_record(record)) << number;
    EXPECT_TRUE(read_record(record.directory));
    struct stat aside{};
    EXPECT_EQ(::stat((record.directory + "/run.json.directory." + std::to_string(number)).c_str(), &aside), 0)
        << number;
    ASSERT_EQ(::unlink((record.directory + "/run.json").c_str()), 0);
  }
}

TEST(Record, WhatCouldNotBeWrittenLeavesNothingBehind) {
  const TestDirectory parent;
  RunRecord record;
  record.id = "abc";
  record.directory = parent.path() + "/abc";
  ASSERT_EQ(::mkdir(record.directory.c_str(), 0700), 0);
  for (int number = 0; number <= 10; ++number)
    ASSERT_EQ(::mkdir((record.directory + "/run.json.directory." + std::to_string(number)).c_str(), 0700), 0);
  ASSERT_EQ(::mkdir((record.directory + "/run.json").c_str(), 0700), 0);
  for (const Kept kept : {Kept::surely, Kept::at_last}) {
    EXPECT_FALSE(write_record(record));
    (void)kept;
    EXPECT_FALSE(write_record(record, kept));
  }
  std::size_t entries = 0;
  for (const auto& entry : std::filesystem::directory_iterator(record.directory)) {
    EXPECT_EQ(entry.path().filename().string().find(".new."), std::string::npos) << entry.path();
    ++entries;
  }
  EXPECT_EQ(entries, 12U);
}

TEST(Attempts, EachHasOneLineWhoeverWritesItTwice) {
  const TestDirectory parent;
  RunRecord record;
  record.id = "abc";
  record.directory = parent.path() + "/abc";
  ASSERT_EQ(::mkdir(record.directory.c_str(), 0700), 0);
  const auto lines = [&] {
    std::ifstream file(record.directory + "/attempts.jsonl");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return std::ranges::count(text, '\n');
  };
  for (const unsigned attempt : {1U, 2U, 10U, 1U}) {
    record.attempt = attempt;
    const auto before = lines();
    ASSERT_TRUE(append_attempt(record));
    EXPECT_EQ(lines(), before + 1) << attempt;
    ASSERT_TRUE(append_attempt(record)) << "a recorder that takes over does the last steps again";
    EXPECT_EQ(lines(), before + 1) << attempt;
  }
  std::ofstream(record.directory + "/attempts.jsonl", std::ios::app) << "{\"attempt\": 7, cut by a disk that was full";
  record.attempt = 8;
  ASSERT_TRUE(append_attempt(record));
  EXPECT_EQ(lines(), 6) << "what was cut stands on a line of its own";
}

TEST(End, IsKnownThoughItsRecordHasNoRoom) {
  const TestDirectory parent;
  RunRecord record;
  record.id = "abc";
  record.attempt = 2;
  record.directory = parent.path() + "/abc";
  record.state = RunState::running;
  ASSERT_EQ(::mkdir(record.directory.c_str(), 0700), 0);
  ASSERT_TRUE(write_record(record));
  ASSERT_TRUE(keep_room(record.directory));
  EXPECT_EQ(read_record(record.directory)->state, RunState::running);
  RunRecord ended = record;
  ended.state = RunState::failed;
  ended.exit = ExitRecord{.kind = ExitRecord::Kind::code, .value = 7, .reason = std::string(100'000, 'x')};
  ASSERT_TRUE(write_end(ended));
  EXPECT_EQ(read_record(record.directory)->state, RunState::failed);
  EXPECT_EQ(read_record(record.directory)->exit->value, 7);
  EXPECT_EQ(read_record(record.directory)->exit->reason.size(), 1000U) << "it must fit into the room that is kept";
  struct stat end{};
  ASSERT_EQ(::stat((record.directory + "/end.json").c_str(), &end), 0);
  EXPECT_EQ(end.st_size, 4096);
  record.attempt = 3;
  ASSERT_TRUE(write_record(record));
  EXPECT_EQ(read_record(record.directory)->state, RunState::running) << "the end was that of the attempt before";
}

}  // namespace
}  // namespace vigie::wire
