#include "control/priority.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <set>

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
  EXPECT_EQ(io_priority_text(2 << 13 | 4), "best-effort:4");
  EXPECT_EQ(io_priority_text(3 << 13), "idle");
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

}  // namespace
}  // namespace vigie::control
