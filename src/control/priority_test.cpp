#include "control/priority.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "control/child_for_tests.hpp"
#include "control/process.hpp"

namespace vigie::control {
namespace {

TEST(IoPriority, IsReadAsIoniceAndPsWriteIt) {
  EXPECT_EQ(*parse_io_priority("idle"), 3 << 13);
  EXPECT_EQ(*parse_io_priority("best-effort"), 2 << 13 | 4);
  EXPECT_EQ(*parse_io_priority("be:0"), 2 << 13);
  EXPECT_EQ(*parse_io_priority("2:7"), 2 << 13 | 7);
  EXPECT_EQ(*parse_io_priority("realtime:3"), 1 << 13 | 3);
  EXPECT_EQ(*parse_io_priority("none"), 0);
  for (const char* text : {"", ":", "best", "be:8", "be:", "be:4x", "idle:3", "4", "be:-1"}) {
    const Result<int> parsed = parse_io_priority(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::usage);
  }
  for (const auto& [text, value] : std::vector<std::pair<const char*, int>>{{"none:0", 0},
                                                                            {"0", 0},
                                                                            {"rt", 1 << 13 | 4},
                                                                            {"rt:7", 1 << 13 | 7},
                                                                            {"1:0", 1 << 13},
                                                                            {"be", 2 << 13 | 4},
                                                                            {"idle:0", 3 << 13},
                                                                            {"3", 3 << 13}})
    EXPECT_EQ(parse_io_priority(text).value(), value) << text;
  for (const auto& [value, text] : std::vector<std::pair<int, const char*>>{{0, "none"},
                                                                            {1 << 13, "realtime:0"},
                                                                            {1 << 13 | 7, "realtime:7"},
                                                                            {2 << 13 | 4, "best-effort:4"},
                                                                            {3 << 13, "idle"},
                                                                            {3 << 13 | 7, "idle"},
                                                                            {4 << 13 | 1, "4:1"}})
    EXPECT_EQ(io_priority_text(value), text);
}

TEST(Cpus, ARangeHasBothItsEndsAndTheLastIsNamed) {
  const long configured = ::sysconf(_SC_NPROCESSORS_CONF);
  const std::string last = std::to_string(configured - 1);
  const Result<cpu_set_t> all = parse_cpus("0-" + last);
  ASSERT_TRUE(all);
  EXPECT_EQ(CPU_COUNT(&*all), configured);
  const Result<cpu_set_t> two = parse_cpus("0," + last);
  ASSERT_TRUE(two);
  EXPECT_TRUE(CPU_ISSET(static_cast<std::size_t>(configured - 1), &*two));
  const Result<cpu_set_t> beyond = parse_cpus(std::to_string(configured));
  ASSERT_FALSE(beyond);
  EXPECT_NE(beyond.error().message.find("they are 0 to " + last), std::string::npos) << beyond.error().message;
}

TEST(Cpus, AListIsReadOrRefused) {
  const Result<cpu_set_t> one = parse_cpus("0");
  ASSERT_TRUE(one);
  EXPECT_EQ(CPU_COUNT(&*one), 1);
  EXPECT_TRUE(CPU_ISSET(0, &*one));
  for (const char* text : {"", ",", "0,", "a", "1-", "-1", "3-1", "0-0x", "0 1", "99999", "0-99999999999"}) {
    const Result<cpu_set_t> parsed = parse_cpus(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::usage) << text;
  }
}

TEST(EachThread, IsSetOnceEvenWhenMoreAppear) {
  const ProcessId self = *identify(::getpid());
  std::multiset<pid_t> set;
  const Lister list = [&] { return Tree{.processes = {self}, .groups = {}}; };
  const std::vector<Outcome> outcomes = set_each_thread(list, [&](pid_t tid) {
    set.insert(tid);
    return 0;
  });
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_EQ(set.count(::getpid()), 1U);
  EXPECT_NE(outcomes[0].result.find("thread"), std::string::npos);
}

TEST(EachThread, TellsARefusalApartFromAnEnd) {
  const ProcessId self = *identify(::getpid());
  const Lister list = [&] { return Tree{.processes = {self, {self.pid, 1}}, .groups = {}}; };
  const std::vector<Outcome> outcomes = set_each_thread(list, [](pid_t) { return EACCES; });
  ASSERT_EQ(outcomes.size(), 2U);
  EXPECT_EQ(outcomes[0].result, "gone");  // another process had that pid
  EXPECT_TRUE(outcomes[1].denied);
}

TEST(Cpus, ARangeOfOneIsOne) {
  for (const char* list : {"0-0", "0,0"}) {
    const Result<cpu_set_t> first = parse_cpus(list);
    ASSERT_TRUE(first);
    EXPECT_EQ(CPU_COUNT(&*first), 1);
  }
  if (::sysconf(_SC_NPROCESSORS_CONF) < 2) GTEST_SKIP() << "there is one CPU";
  const Result<cpu_set_t> second = parse_cpus("1");
  ASSERT_TRUE(second);
  EXPECT_FALSE(CPU_ISSET(0, &*second));
  EXPECT_TRUE(CPU_ISSET(1, &*second));
}

/// A process and what its threads answer when they are set.
std::string outcome_of(const SetThread& set) {
  const Child child;
  return set_each_thread([&] { return Tree{.processes = {child.id()}, .groups = {}}; }, set).at(0).result;
}

TEST(EachThread, ThoseThatWereSetAreCounted) {
  EXPECT_EQ(outcome_of([](pid_t) { return 0; }), "1 thread");
  EXPECT_EQ(outcome_of([](pid_t) { return ESRCH; }), "gone") << "it ended meanwhile";
  EXPECT_EQ(outcome_of([](pid_t) { return EINVAL; }), "Invalid argument");
  const Child child;
  const Lister list = [&] { return Tree{.processes = {child.id()}, .groups = {}}; };
  const auto failed = [&](int error) { return set_each_thread(list, [error](pid_t) { return error; }).at(0); };
  EXPECT_TRUE(failed(EINVAL).failed);
  EXPECT_FALSE(failed(EINVAL).denied);
  EXPECT_TRUE(failed(EPERM).denied);
  EXPECT_TRUE(failed(EACCES).denied);
}

TEST(EachThread, OfAProcessWithTwoBothAreSet) {
  const Child child([] { std::thread([] { ::pause(); }).detach(); });
  const Lister list = [&] { return Tree{.processes = {child.id()}, .groups = {}}; };
  EXPECT_EQ(set_each_thread(list, [](pid_t) { return 0; }).at(0).result, "2 threads");
  int calls = 0;
  const Outcome first = set_each_thread(list, [&](pid_t) { return ++calls == 1 ? EPERM : EINVAL; }).at(0);
  EXPECT_EQ(first.result, "Operation not permitted") << "the first that refused";
}

TEST(EachThread, AListThatNeverEndsIsLeftAfterFiftySweeps) {
  const ProcessId self = *identify(::getpid());
  int looks = 0;
  (void)set_each_thread(
      [&] {
        ++looks;
        return Tree{.processes = {self}, .groups = {}};
      },
      [](pid_t) { return ESRCH; });
  EXPECT_EQ(looks, 50);
}

TEST(ApplyToSelf, WhatARunWasAskedToStartWithIsSet) {
  cpu_set_t cpus;
  ASSERT_EQ(::sched_getaffinity(0, sizeof cpus, &cpus), 0);
  std::size_t one = 0;  // of those that this process may use
  while (!CPU_ISSET(one, &cpus)) ++one;
  const Child child([one] {
    const RunStart start{.nice = 7, .io_priority = 2 << 13 | 6, .cpus = std::to_string(one)};
    if (apply_to_self(start) != 0) ::_exit(1);
  });
  EXPECT_EQ(::getpriority(PRIO_PROCESS, static_cast<id_t>(child.pid())), 7);
  EXPECT_EQ(::syscall(SYS_ioprio_get, 1, child.pid()), 2 << 13 | 6);
  ASSERT_EQ(::sched_getaffinity(child.pid(), sizeof cpus, &cpus), 0);
  EXPECT_EQ(CPU_COUNT(&cpus), 1);
  EXPECT_TRUE(CPU_ISSET(one, &cpus));
}

TEST(ApplyToSelf, TheFirstThatFailedIsTold) {
  EXPECT_EQ(apply_to_self({}), 0);
  EXPECT_EQ(apply_to_self({.cpus = "none"}), EINVAL);
  EXPECT_EQ(apply_to_self({.io_priority = 7 << 13}), EINVAL);
  EXPECT_EQ(set_session_nice(nobody.pid, 0), 0) << "where there is no such thing nothing is to be set";
}

TEST(EachThread, OneThatEndedMeanwhileHidesNoOther) {
  const Child child;
  std::set<pid_t> threads;
  const ProcessId before{child.pid() - 1, 1};  // a number that is not this process's any more
  const Tree tree{.processes = {before, nobody, child.id()}, .groups = {}};
  const std::vector<Outcome> outcomes = set_each_thread([&] { return tree; },
                                                        [&](pid_t tid) {
                                                          threads.insert(tid);
                                                          return 0;
                                                        });
  EXPECT_EQ(threads, std::set{child.pid()});
  ASSERT_EQ(outcomes.size(), 3U);
}

}  // namespace
}  // namespace vigie::control
