#include "sources/trace/ledger.hpp"

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <cerrno>
#include <map>
#include <utility>

namespace vigie::trace {
namespace {

/// Descriptors and paths as the test says.
class Names : public FileNamer {
 public:
  std::string descriptor(ThreadRef of, int number) override {
    const auto found = open.find({of.process, number});
    return found == open.end() ? std::string() : found->second;
  }
  std::string path(ThreadRef, int, std::uint64_t address) override { return paths[address]; }
  void forget(pid_t process, int number) override { forgotten.emplace_back(process, number); }

  std::map<std::pair<pid_t, int>, std::string> open;
  std::map<std::uint64_t, std::string> paths;
  std::vector<std::pair<pid_t, int>> forgotten;
};

constexpr std::int64_t restart_sys = -512, restart_block = -516;

class LedgerTest : public testing::Test {
 protected:
  static Entry entry(long number, std::uint64_t first = 0, std::uint64_t second = 0) {
    return {.number = number, .arguments = {first, second}, .instruction = 0x1000};
  }
  void call(const Entry& one, std::int64_t value, std::int64_t begin, std::int64_t end) {
    ledger.entered(main, one, begin);
    ledger.left(main, value, value < 0, end);
  }
  static const TracedCall& only(const CallTrace& trace) {
    EXPECT_EQ(trace.calls.size(), 1U);
    return trace.calls.front();
  }

  Names names;
  Ledger ledger{names};
  ThreadRef main{10, 10};
};

TEST_F(LedgerTest, CountsCallsErrorsTimeAndBytes) {
  names.open[{10, 3}] = "/data";
  call(entry(SYS_read, 3), 4096, 100, 150);
  call(entry(SYS_read, 3), 100, 200, 220);
  call(entry(SYS_read, 3), -EAGAIN, 300, 310);
  call(entry(SYS_write, 3), 5, 400, 401);
  call(entry(SYS_read, 4), -EBADF, 500, 501);
  const CallTrace trace = ledger.finish(1000);
  ASSERT_EQ(trace.calls.size(), 2U);
  const TracedCall& read = trace.calls[0];
  EXPECT_EQ(read.name, "read");
  EXPECT_EQ(read.calls, 4U);
  EXPECT_EQ(read.total_ns, 81);
  EXPECT_EQ(read.max_ns, 50);
  EXPECT_EQ(read.errors, (std::vector<ErrorCount>{{EAGAIN, 1}, {EBADF, 1}}));
  ASSERT_EQ(trace.files.size(), 1U);
  EXPECT_EQ(trace.files[0].path, "/data");
  EXPECT_EQ(trace.files[0].calls, 4U);
  EXPECT_EQ(trace.files[0].errors, 1U);
  EXPECT_EQ(trace.files[0].read_bytes, 4196U);
  EXPECT_EQ(trace.files[0].written_bytes, 5U);
}

TEST_F(LedgerTest, ACallThatIsTakenUpAgainIsOne) {
  ledger.entered(main, entry(SYS_read, 0), 100);
  ledger.left(main, restart_sys, true, 200);  // SIGSTOP, SIGCONT: no handler
  call(entry(SYS_read, 0), 7, 300, 400);
  ledger.entered(main, entry(SYS_clock_nanosleep, 0), 500);
  ledger.left(main, restart_block, true, 600);
  call(entry(SYS_restart_syscall), 0, 700, 800);
  const CallTrace trace = ledger.finish(1000);
  ASSERT_EQ(trace.calls.size(), 2U);
  for (const TracedCall& one : trace.calls) {
    EXPECT_EQ(one.calls, 1U) << one.name;
    EXPECT_EQ(one.total_ns, 300) << one.name;
    EXPECT_TRUE(one.errors.empty()) << one.name;
  }
}

TEST_F(LedgerTest, AHandlerMayEndACall) {
  ledger.entered(main, entry(SYS_read, 0), 100);
  ledger.left(main, restart_sys, true, 200);
  call(entry(SYS_getpid), 10, 210, 220);  // in the handler
  ledger.entered(main, entry(SYS_rt_sigreturn), 230);
  ledger.left(main, -EINTR, true, 240);  // without SA_RESTART: what read returns
  call(entry(SYS_read, 0), 1, 300, 310);
  const CallTrace trace = ledger.finish(1000);
  ASSERT_EQ(trace.calls.size(), 3U);
  const TracedCall& read = trace.calls[0];
  EXPECT_EQ(read.name, "read");
  EXPECT_EQ(read.calls, 2U);
  EXPECT_EQ(read.errors, (std::vector<ErrorCount>{{EINTR, 1}}));
  for (const TracedCall& one : trace.calls) EXPECT_TRUE(one.name == "read" || one.errors.empty()) << one.name;
}

TEST_F(LedgerTest, AHandlerMayLetACallGoOn) {
  ledger.entered(main, entry(SYS_read, 0), 100);
  ledger.left(main, restart_sys, true, 200);
  call(entry(SYS_getpid), 10, 210, 220);
  ledger.entered(main, entry(SYS_rt_sigreturn), 230);
  ledger.left(main, SYS_read, false, 240);  // SA_RESTART
  call(entry(SYS_read, 0), 1, 250, 300);
  const CallTrace trace = ledger.finish(1000);
  EXPECT_EQ(trace.calls[0].name, "read");
  EXPECT_EQ(trace.calls[0].calls, 1U);
  EXPECT_EQ(trace.calls[0].total_ns, 200);
  EXPECT_TRUE(trace.calls[0].errors.empty());
}

TEST_F(LedgerTest, ACallFromBeforeCountsFromTheBeginning) {
  names.open[{10, 0}] = "pipe:[5]";
  Entry before = entry(SYS_read, 0);
  before.instruction = 0;  // /proc/PID/syscall does not tell
  ledger.thread_began(main, 1000, before);
  call(entry(SYS_read, 0), 3, 1010, 1500);
  const CallTrace trace = ledger.finish(2000);
  EXPECT_EQ(only(trace).calls, 1U);
  EXPECT_EQ(only(trace).total_ns, 500);
  EXPECT_EQ(trace.files.at(0).read_bytes, 3U);
}

TEST_F(LedgerTest, ACallThatEndedAsTheTraceBeganIsNotCounted) {
  ledger.thread_began(main, 1000, entry(SYS_epoll_wait, 4));  // returned EINTR
  call(entry(SYS_getpid), 10, 1010, 1020);
  EXPECT_EQ(only(ledger.finish(2000)).name, "getpid");
}

TEST_F(LedgerTest, WhatHasNotReturnedCountsItsTime) {
  ledger.thread_began(main, 1000, entry(SYS_futex, 1));
  ledger.entered({10, 11}, entry(SYS_futex, 1), 1500);
  const CallTrace trace = ledger.finish(2000);
  EXPECT_EQ(only(trace).calls, 0U);
  EXPECT_EQ(only(trace).unfinished, 2U);
  EXPECT_EQ(only(trace).unfinished_ns, 1500);
  EXPECT_EQ(only(trace).max_ns, 1000);
}

TEST_F(LedgerTest, ExitIsACallThatNeverReturns) {
  ledger.entered(main, entry(SYS_exit_group), 100);
  ledger.thread_ended(main, 200);
  ledger.entered({10, 11}, entry(SYS_read, 0), 100);
  ledger.thread_ended({10, 11}, 200);  // killed in it
  const CallTrace trace = ledger.finish(1000);
  ASSERT_EQ(trace.calls.size(), 2U);
  EXPECT_EQ(trace.calls[0].unfinished, 1U);
  EXPECT_EQ(trace.calls[0].unfinished_ns, 100);
  EXPECT_EQ(trace.calls[1].name, "exit_group");
  EXPECT_EQ(trace.calls[1].calls, 1U);
}

TEST_F(LedgerTest, AnOpenedFileHasTheNameOfItsDescriptor) {
  names.paths[0x10] = "/link";
  names.open[{10, 5}] = "/data/real";
  call(entry(SYS_openat, static_cast<std::uint64_t>(-100), 0x10), 5, 0, 10);
  call(entry(SYS_openat, static_cast<std::uint64_t>(-100), 0x10), -EACCES, 20, 30);
  const CallTrace trace = ledger.finish(100);
  ASSERT_EQ(trace.files.size(), 2U);
  EXPECT_EQ(trace.files[0].path, "/data/real");
  EXPECT_EQ(trace.files[1].path, "/link");
  EXPECT_EQ(trace.files[1].errors, 1U);
}

TEST_F(LedgerTest, DescriptorsAreForgottenWhenTheyMayNameSomethingElse) {
  call(entry(SYS_close, 7), 0, 0, 1);
  call(entry(SYS_dup3, 3, 8), 8, 2, 3);
  call(entry(SYS_close_range, 3, 9), 0, 4, 5);
  ledger.renamed(10, main);
  EXPECT_EQ(names.forgotten, (std::vector<std::pair<pid_t, int>>{{10, 7}, {10, 8}, {10, -1}, {10, -1}}));
}

TEST_F(LedgerTest, BytesBetweenTwoFilesCountForBoth) {
  names.open[{10, 3}] = "/from";
  names.open[{10, 4}] = "/to";
  call(entry(SYS_sendfile, 4, 3), 1000, 0, 10);
  const CallTrace trace = ledger.finish(100);
  ASSERT_EQ(trace.files.size(), 2U);
  EXPECT_EQ(trace.files[0].path, "/from");
  EXPECT_EQ(trace.files[0].read_bytes, 1000U);
  EXPECT_EQ(trace.files[1].written_bytes, 1000U);
}

TEST_F(LedgerTest, AnotherThreadMayExecute) {
  ledger.entered({10, 12}, entry(SYS_execve, 0), 100);
  ledger.renamed(12, main);
  ledger.left(main, 0, false, 200);
  const CallTrace trace = ledger.finish(300);
  EXPECT_EQ(only(trace).calls, 1U);
  EXPECT_EQ(only(trace).total_ns, 100);
}

TEST_F(LedgerTest, CallsOfAnotherArchitectureKeepTheirNumbers) {
  Entry foreign = entry(3, 0);
  foreign.native = false;
  call(foreign, 0, 0, 1);
  call(entry(100'000), -ENOSYS, 2, 3);
  const CallTrace trace = ledger.finish(100);
  ASSERT_EQ(trace.calls.size(), 2U);
  EXPECT_EQ(trace.calls[0].name, "32-bit call 3");
  EXPECT_EQ(trace.calls[1].name, "call 100000");
}

TEST_F(LedgerTest, TooManyNamesShareARow) {
  names.paths[1] = "/first";
  call(entry(SYS_chdir, 1), 0, 0, 1);
  for (int index = 0; index < 100'100; ++index) {
    names.paths[1] = "/" + std::to_string(index);
    call(entry(SYS_chdir, 1), 0, 0, 1);
  }
  const CallTrace trace = ledger.finish(100);
  EXPECT_EQ(trace.files.size(), 100'001U);
  EXPECT_EQ(trace.files[0].path, "");
  EXPECT_EQ(trace.files[0].calls, 101U);
}

}  // namespace
}  // namespace vigie::trace
