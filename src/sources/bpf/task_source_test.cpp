#include "sources/bpf/task_source.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <string_view>

namespace vigie::bpf {
namespace {

constexpr unsigned long long tick = 10'000'000;  // nanoseconds
constexpr unsigned kernel_thread = 0x00200000, kernel_worker = 0x20;

/// A record with what every process has.
vigie_task record(pid_t pid = 7) {
  vigie_task task{};
  task.pid = pid;
  task.start_boot = 123 * tick + 1;
  task.static_priority = 120;
  task.priority = 120;
  task.threads = 1;
  ::strcpy(task.comm, "python3");
  return task;
}

ProcessSample sample(const vigie_task& task, proc::Fields fields = {}) {
  ProcessSample process;
  fill_sample(task, fields, process);
  return process;
}

char state_of(unsigned state, unsigned exit_state = 0) {
  vigie_task task = record();
  task.task_state = state;
  task.exit_state = exit_state;
  return sample(task).state;
}

TEST(Record, IsWhatStatSays) {
  vigie_task task = record();
  task.ppid = 2, task.process_group = 3, task.session = 4;
  task.threads = 9, task.uid = 1000, task.processor = 5;
  task.static_priority = 127, task.priority = 127;
  task.shown_user = 3 * tick, task.shown_system = 2 * tick + tick / 2;
  task.minor_faults = 11, task.major_faults = 12;
  task.total_pages = 10, task.rss_pages = 6;
  task.main_block_delay = 5 * tick;
  const ProcessSample process = sample(task);
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  EXPECT_EQ(process.id, (ProcessId{.pid = 7, .start_ticks = 123}));
  EXPECT_EQ(process.ppid, 2);
  EXPECT_EQ(process.process_group, 3);
  EXPECT_EQ(process.session, 4);
  EXPECT_EQ(process.comm, "python3");
  EXPECT_EQ(process.threads, 9U);
  EXPECT_EQ(process.nice, 7);
  EXPECT_EQ(process.priority, 27);
  EXPECT_EQ(process.processor, 5);
  EXPECT_EQ(process.tty, 0);
  EXPECT_EQ(process.user_ticks, 3U);
  EXPECT_EQ(process.system_ticks, 2U);
  EXPECT_EQ(process.minor_faults, 11U);
  EXPECT_EQ(process.major_faults, 12U);
  EXPECT_EQ(process.virtual_bytes, 10 * page);
  EXPECT_EQ(process.rss_bytes, 6 * page);
  EXPECT_EQ(process.uid, Reading<uid_t>(1000));
  EXPECT_EQ(process.io_wait_ticks, Reading<std::uint64_t>(5));
  EXPECT_FALSE(process.kernel_thread);
}

TEST(Record, WhatNobodyAskedForIsNotRead) {
  vigie_task task = record();
  task.read_bytes = 4096;
  task.main_run_delay = 5;
  EXPECT_EQ(sample(task).io.presence(), Presence::not_read);
  EXPECT_EQ(sample(task).sched.presence(), Presence::not_read);
  const ProcessSample both = sample(task, proc::Field::io | proc::Field::sched);
  EXPECT_EQ(both.io->read_bytes, 4096U);
  EXPECT_EQ(both.sched->run_delay_ns, 5U);
}

TEST(Record, StateLettersAreThoseOfProc) {
  EXPECT_EQ(state_of(0), 'R');
  EXPECT_EQ(state_of(1), 'S');
  EXPECT_EQ(state_of(2), 'D');
  EXPECT_EQ(state_of(0x102), 'D');   // killable
  EXPECT_EQ(state_of(0x402), 'I');   // uninterruptible that does not count as load
  EXPECT_EQ(state_of(0x1000), 'D');  // waits for a lock of a real-time kernel
  EXPECT_EQ(state_of(0x8000), 'D');  // frozen
  EXPECT_EQ(state_of(4), 'T');
  EXPECT_EQ(state_of(8), 't');
  EXPECT_EQ(state_of(0x80, 0x20), 'Z');
  EXPECT_EQ(state_of(0x80, 0x10), 'X');
}

TEST(Record, TerminalIsNumberedAsInStat) {
  vigie_task task = record();
  task.tty_major = 136;
  task.tty_minor = 300;  // pts/300: the minor number does not fit into its first eight bits
  EXPECT_EQ(sample(task).tty, (300 & 0xff) | 136 << 8 | 0x100 << 12);
}

TEST(Record, NameOfSixteenBytesWithoutItsEndIsNotOverrun) {
  vigie_task task = record();
  std::memset(task.comm, 'x', sizeof task.comm);
  EXPECT_EQ(sample(task).comm, std::string(16, 'x'));
}

TEST(Record, CountersBelowZeroAreNoMemory) {
  vigie_task task = record();
  task.rss_pages = -3;
  EXPECT_EQ(sample(task).rss_bytes, 0U);
}

TEST(Record, OnlyKernelThreadsHaveLongerNames) {
  vigie_task task = record();
  ::strcpy(task.comm, "fifteen-letters");
  EXPECT_FALSE(name_may_be_cut(task));
  task.task_flags = kernel_thread;
  EXPECT_TRUE(name_may_be_cut(task));
  ::strcpy(task.comm, "kthreadd");
  EXPECT_FALSE(name_may_be_cut(task));
  task.task_flags = kernel_thread | kernel_worker;  // "kworker/0:1" works on "events"
  EXPECT_TRUE(name_may_be_cut(task));
}

TEST(Times, AreDividedAsTheTicksWere) {
  std::vector<vigie_task> tasks = {record()};
  tasks[0].on_cpu = 100 * tick;
  tasks[0].user = 30 * tick;  // what the timer interrupt saw
  tasks[0].system = 10 * tick;
  settle_times(tasks, {});
  EXPECT_EQ(tasks[0].shown_user, 75 * tick);
  EXPECT_EQ(tasks[0].shown_system, 25 * tick);
}

TEST(Times, WithoutASystemTickAllIsUserTime) {
  std::vector<vigie_task> tasks = {record(7), record(8)};
  tasks[0].on_cpu = tasks[1].on_cpu = 3 * tick;
  tasks[1].system = tick;
  settle_times(tasks, {});
  EXPECT_EQ(tasks[0].shown_user, 3 * tick);
  EXPECT_EQ(tasks[1].shown_system, 3 * tick);
}

TEST(Times, NeverGoBack) {
  std::vector<vigie_task> before = {record(6), record(7)}, tasks = {record(7)};
  before[1].shown_user = 50 * tick;
  before[1].shown_system = 50 * tick;
  tasks[0].on_cpu = 110 * tick;
  tasks[0].user = 100 * tick;  // of late all was user time: the share of the system has become smaller
  tasks[0].system = 10 * tick;
  settle_times(tasks, before);
  EXPECT_EQ(tasks[0].shown_user, 60 * tick);
  EXPECT_EQ(tasks[0].shown_system, 50 * tick);
}

TEST(Times, OfAnotherProcessWithTheSamePidDoNotCount) {
  std::vector<vigie_task> before = {record()}, tasks = {record()};
  before[0].start_boot -= tick;
  before[0].shown_user = 50 * tick;
  tasks[0].on_cpu = tick;
  settle_times(tasks, before);
  EXPECT_EQ(tasks[0].shown_user, tick);
}

}  // namespace
}  // namespace vigie::bpf
