#include "act/priority.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "act/host_for_tests.hpp"
#include "act/limit.hpp"
#include "control/priority.hpp"

namespace vigie::act {
namespace {

TEST(ParseNice, TakesWhatTheKernelHas) {
  EXPECT_EQ(*parse_nice("-20"), -20);
  EXPECT_EQ(*parse_nice("0"), 0);
  EXPECT_EQ(*parse_nice("19"), 19);
  EXPECT_EQ(*parse_nice("+5"), 5);
}

TEST(ParseNice, RefusesTheRest) {
  for (const char* text : {"-21", "20", "", "+", "5.0", "ten"}) {
    const Result<int> nice = parse_nice(text);
    ASSERT_FALSE(nice) << text;
    EXPECT_EQ(nice.error().kind, ErrorKind::usage);
  }
  EXPECT_EQ(parse_nice("20").error().message, "\"20\" is no nice value: -20 (first) to 19 (last)");
}

class PriorityTest : public OwnState {
 protected:
  const Process process;
  const Found found{process};
};

TEST_F(PriorityTest, ReniceSetsEveryThreadAndItsPlanSetsNone) {
  const Act act = renice(7);
  const Result<Acted> plan = plan_of(found.frame, found.target, act.verb);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->rows[0].action, "nice 7");
  EXPECT_EQ(::getpriority(PRIO_PROCESS, static_cast<id_t>(process.pid())), 0);
  const Result<Acted> done = act_on(found.frame, found.target, act);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->rows[0].result, "1 thread");
  EXPECT_EQ(::getpriority(PRIO_PROCESS, static_cast<id_t>(process.pid())), 7);
}

TEST_F(PriorityTest, CpusHoldItWhereTheyAre) {
  cpu_set_t allowed;
  ASSERT_EQ(::sched_getaffinity(0, sizeof allowed, &allowed), 0);
  int first = 0;
  while (CPU_ISSET(first, &allowed) == 0) ++first;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  ASSERT_TRUE(act_on(found.frame, found.target, keep_on_cpus({.cpus = one, .list = std::to_string(first)})));
  cpu_set_t now;
  ASSERT_EQ(::sched_getaffinity(process.pid(), sizeof now, &now), 0);
  EXPECT_EQ(CPU_COUNT(&now), 1);
  EXPECT_NE(CPU_ISSET(first, &now), 0);
}

TEST_F(PriorityTest, IoniceNamesWhatItSets) {
  const Result<Acted> done = act_on(found.frame, found.target, ionice(*control::parse_io_priority("idle")));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->rows[0].action, "ionice idle");
  EXPECT_FALSE(done->failed);
}

TEST(Priority, WhatWouldAllowItIsSaidWithTheWish) {
  EXPECT_NE(renice(-5).verb.if_denied.find("for -5 it takes root"), std::string::npos);
  EXPECT_NE(ionice(*control::parse_io_priority("realtime:0")).verb.if_denied, "");
  EXPECT_EQ(ionice(*control::parse_io_priority("best-effort:0")).verb.if_denied, "") << "anybody may";
  EXPECT_EQ(keep_on_cpus({.cpus = {}, .list = "0-3,8"}).verb.action, "cpus 0-3,8");
}

TEST(Priority, ADiskThatHeedsClassesIsDeafToLevelsAlone) {
  EXPECT_TRUE(deaf_disks(*control::parse_io_priority("best-effort:0")).by_class.empty()) << "no level to ignore";
  EXPECT_EQ(deaf_disks(*control::parse_io_priority("best-effort:3")).deaf,
            deaf_disks(*control::parse_io_priority("best-effort:0")).deaf);
}

TEST(ParseCpuCount, TakesHundredthsToAHundredThousand) {
  EXPECT_EQ(*parse_cpu_count("0.01"), 0.01);
  EXPECT_EQ(*parse_cpu_count("4"), 4);
  EXPECT_EQ(*parse_cpu_count("100000"), 100'000);
}

TEST(ParseCpuCount, RefusesTheRest) {
  for (const char* text : {"", "0", "0.009", "100001", "-1", "4x", "1e3", "nan", "inf"}) {
    const Result<double> cpus = parse_cpu_count(text);
    ASSERT_FALSE(cpus) << text;
    EXPECT_EQ(cpus.error().kind, ErrorKind::usage);
  }
}

TEST(ParseRate, TakesASizeWithOrWithoutItsSecond) {
  EXPECT_EQ(*parse_rate("100M"), *parse_rate("100M/s"));
  EXPECT_EQ(*parse_rate("1K/s"), 1024U);
  EXPECT_FALSE(parse_rate("/s"));
  EXPECT_FALSE(parse_rate("1K/s/s"));
}

TEST(Limit, IsPlannedInTheWordsOfItsWish) {
  MadeHost host;
  host.observe("train", {host.add(never_a_pid, 1, "python3 train.py")});
  host.keep("next", {}, RunState::queued);
  host.run(1).waits_for = "run resnet to end";
  const Frame frame = host.frame();
  const Act act = limit({.limits = {}, .said = "memory 64G cpu 4"});
  EXPECT_EQ(plan_of(frame, named(frame, "train"), act.verb)->rows[0].action, "limit memory 64G cpu 4");
  const Result<Acted> waiting = act_on(frame, named(frame, "next"), act);
  ASSERT_FALSE(waiting);
  EXPECT_EQ(waiting.error().message,
            "next has not started yet, it waits for run resnet to end: there is nothing to limit");
}

TEST_F(PriorityTest, ALimitThatIsNotWishedForChangesNothing) {
  const Result<Acted> done = act_on(found.frame, found.target, limit({.limits = {}, .said = "nothing"}));
  ASSERT_TRUE(done) << message(done);
  ASSERT_EQ(done->rows.size(), 1U);
  EXPECT_EQ(done->rows[0].result, "limited");
  EXPECT_TRUE(done->remarks.empty()) << "no group was made that would stay";
}

TEST(ParseMemoryLimit, IsASizeAboveNothing) {
  EXPECT_EQ(*parse_memory_limit("64M"), 64U << 20);
  EXPECT_EQ(parse_memory_limit("0").error().kind, ErrorKind::usage);
  EXPECT_EQ(parse_memory_limit("much").error().kind, ErrorKind::usage);
}

}  // namespace
}  // namespace vigie::act
