#include "sources/proc/scanner.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

namespace vigie::proc {
namespace {

/// Children that do nothing, and end with the test.
class Children {
 public:
  explicit Children(int count) {
    for (int made = 0; made < count; ++made) add([] {});
  }
  ~Children() {
    for (const pid_t pid : pids_) end(pid);
  }
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;

  template <class Before>
  pid_t add(Before before) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      before();
      for (;;) ::pause();
    }
    pids_.push_back(pid);
    return pid;
  }
  void end(pid_t pid) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    std::erase(pids_, pid);
  }
  [[nodiscard]] const std::vector<pid_t>& pids() const { return pids_; }

 private:
  std::vector<pid_t> pids_;
};

Root live() {
  Result<Root> root = Root::open();
  if (!root) throw std::runtime_error(root.error().message);
  return std::move(*root);
}

std::vector<ProcessSample> scanned(Scanner& scanner, Fields fields, std::span<const pid_t> only) {
  std::vector<ProcessSample> processes;
  const Result<SourceStatus> status = scanner.scan({.fields = fields, .only = only}, processes);
  EXPECT_TRUE(status);
  return processes;
}

const Fields everything = static_fields() | Field::io | Field::sched | Field::shared | Field::status |
                          Field::io_priority | Field::io_wait | Field::pss;

TEST(Scanner, KeptDescriptorsAndFactsGiveTheSameAsReadingAnew) {
  const Root root = live();
  const Children children(20);
  Scanner keeping(root, Scanner::Keep::everything);
  scanned(keeping, everything, children.pids());
  EXPECT_EQ(keeping.kept_descriptors(), 20U);
  const std::vector<ProcessSample> kept = scanned(keeping, everything, children.pids());
  Scanner fresh(root);
  const std::vector<ProcessSample> anew = scanned(fresh, everything, children.pids());
  ASSERT_EQ(kept.size(), 20U);
  ASSERT_EQ(anew.size(), 20U);
  for (std::size_t index = 0; index < kept.size(); ++index) {
    const ProcessSample& a = kept[index];
    const ProcessSample& b = anew[index];
    EXPECT_EQ(a.id, b.id);
    EXPECT_EQ(a.ppid, b.ppid);
    EXPECT_EQ(a.comm, b.comm);
    EXPECT_EQ(a.state == 'Z', b.state == 'Z');  // a child that has just begun runs in one scan and sleeps in the next
    EXPECT_EQ(a.threads, b.threads);
    EXPECT_EQ(a.virtual_bytes, b.virtual_bytes);
    EXPECT_EQ(a.priority, b.priority);
    EXPECT_EQ(a.uid, b.uid);
    EXPECT_EQ(a.cmdline, b.cmdline);
    EXPECT_EQ(a.exe, b.exe);
    EXPECT_EQ(a.cwd, b.cwd);
    EXPECT_EQ(a.cgroup, b.cgroup);
    EXPECT_EQ(a.variables, b.variables);
    EXPECT_EQ(a.frameworks, b.frameworks);
    EXPECT_EQ(a.io, b.io);
    EXPECT_EQ(a.shared_bytes.presence(), b.shared_bytes.presence());
    EXPECT_EQ(a.swap_bytes, b.swap_bytes);
    EXPECT_EQ(a.pss_bytes.presence(), b.pss_bytes.presence());  // the share of each changes while the others start
    EXPECT_EQ(a.io_priority, b.io_priority);
    EXPECT_EQ(a.io_wait_ticks.presence(), b.io_wait_ticks.presence());
  }
}

TEST(Scanner, AProcessThatEndedLeavesNoRowAndNoDescriptor) {
  const Root root = live();
  Children children(3);
  const std::vector<pid_t> pids = children.pids();
  Scanner scanner(root, Scanner::Keep::everything);
  EXPECT_EQ(scanned(scanner, {}, pids).size(), 3U);
  children.end(pids[1]);
  const std::vector<ProcessSample> left = scanned(scanner, {}, pids);
  ASSERT_EQ(left.size(), 2U);
  EXPECT_EQ(left[0].id.pid, pids[0]);
  EXPECT_EQ(left[1].id.pid, pids[2]);
  EXPECT_EQ(scanner.kept_descriptors(), 2U);
}

TEST(Scanner, WhatAProcessExecutedIsSeenAlthoughItsFactsWereKept) {
  const Root root = live();
  Children children(0);
  int go[2];
  ASSERT_EQ(::pipe(go), 0);
  const pid_t pid = children.add([&] {
    char byte = 0;
    ::close(go[1]);
    if (::read(go[0], &byte, 1) == 0) ::execl("/bin/sleep", "sleep", "3600", nullptr);
  });
  ::close(go[0]);
  Scanner scanner(root, Scanner::Keep::everything);
  const std::vector<ProcessSample> before = scanned(scanner, Field::cmdline, std::vector{pid});
  ASSERT_EQ(before.size(), 1U);
  ::close(go[1]);
  const std::string expected("sleep\0003600\0", 11);
  std::string now;
  for (int tries = 0; tries < 2000 && now != expected; ++tries) {
    const std::vector<ProcessSample> after = scanned(scanner, Field::cmdline, std::vector{pid});
    ASSERT_EQ(after.size(), 1U);
    if (after[0].cmdline) now = *after[0].cmdline;  // empty while it executes
    ::usleep(5000);
  }
  EXPECT_EQ(now, expected);
}

void* rest(void*) {
  for (;;) ::pause();
}

TEST(Scanner, EveryThreadIsSeenWithItsOwnName) {
  const Root root = live();
  Children children(0);
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t pid = children.add([&] {
    pthread_t thread{};
    for (int made = 0; made < 4; ++made) ::pthread_create(&thread, nullptr, rest, nullptr);
    ::pthread_setname_np(thread, "pt_data_pin");
    if (::write(ready[1], "r", 1) != 1) ::_exit(1);
  });
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  Scanner scanner(root);
  const std::vector<ProcessSample> processes = scanned(scanner, {}, std::vector{pid});
  std::vector<ThreadSample> threads;
  scanner.scan_threads(processes, threads);
  ASSERT_GE(threads.size(), 5U);  // the thread sanitizer adds its own
  EXPECT_EQ(threads[0].id.pid, pid);
  for (std::size_t index = 1; index < threads.size(); ++index) {
    EXPECT_LT(threads[index - 1].id.pid, threads[index].id.pid);
    EXPECT_EQ(threads[index].process, 0U);
  }
  EXPECT_EQ(std::ranges::count_if(threads,
                                  [](const ThreadSample& one) { return one.comm == std::string_view("pt_data_pin"); }),
            1);
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST(Scanner, FindsByCommandLineAndByName) {
  const Root root = live();
  const Children children(3);
  Scanner scanner(root);
  const auto ours = [&](const ProcessSample& process) {
    return std::ranges::find(children.pids(), process.id.pid) != children.pids().end();
  };
  std::string seen;
  const auto found = scanner.find(false, [&](const ProcessSample& process) {
    if (ours(process)) seen = command_text(process);
    return ours(process);
  });
  EXPECT_EQ(found, children.pids());
  EXPECT_FALSE(seen.empty());
  EXPECT_EQ(scanner.find(true, [&](const ProcessSample& process) { return ours(process) && !process.comm.empty(); }),
            children.pids());
}

TEST(Scanner, NobodyIsScannedWhenNobodyIsNamed) {
  const Root root = live();
  Scanner scanner(root);
  EXPECT_EQ(scanner.find(false, [](const ProcessSample&) { return false; }), std::vector<pid_t>{});
  std::vector<ProcessSample> processes;
  EXPECT_TRUE(scanner.scan({.fields = Field::cmdline, .only = std::span<const pid_t>()}, processes));
  EXPECT_TRUE(processes.empty());
}

TEST(Scanner, LooksForTrainingsOnlyWhereOneMayBe) {
  const Root root = live();
  std::vector<ProcessSample> processes;
  EXPECT_TRUE(Scanner(root).scan({.fields = {}, .runs = true}, processes));
  ASSERT_FALSE(processes.empty());
  for (const ProcessSample& process : processes) {
    EXPECT_EQ(process.frameworks.presence() != Presence::not_read, may_be_training(process)) << process.comm;
  }
}

TEST(Scanner, ReadsTheMarkerOfWhateverStartedSinceTheOldestRun) {
  const Root root = live();
  const Children children(1);
  std::vector<ProcessSample> processes;
  EXPECT_TRUE(Scanner(root).scan({.fields = {}, .runs = true, .marked_since = 0, .only = children.pids()}, processes));
  ASSERT_EQ(processes.size(), 1U);
  EXPECT_TRUE(processes[0].variables);
  const std::uint64_t later = processes[0].id.start_ticks + 1;
  processes.clear();
  EXPECT_TRUE(
      Scanner(root).scan({.fields = {}, .runs = true, .marked_since = later, .only = children.pids()}, processes));
  ASSERT_EQ(processes.size(), 1U);
  EXPECT_EQ(processes[0].variables.has_value(), may_be_training(processes[0]));
}

}  // namespace
}  // namespace vigie::proc
