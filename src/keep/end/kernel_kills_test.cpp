#include "keep/end/kernel_kills.hpp"

#include <gtest/gtest.h>

namespace vigie::keep {
namespace {

constexpr const char* log =
    "6,100,5000000,-;Linux version 6.1.0\n"
    "3,801,90000000,-;Out of memory: Killed process 4711 (python3) total-vm:9000kB, anon-rss:4096kB, file-rss:1024kB, "
    "shmem-rss:0kB, UID:1000 pgtables:60kB oom_score_adj:0\n SUBSYSTEM=memory\n"
    "3,802,95000000,-;Memory cgroup out of memory: Killed process 4712 (python3) total-vm:9000kB, anon-rss:100kB, "
    "file-rss:0kB, shmem-rss:0kB, UID:1000 pgtables:60kB oom_score_adj:0\n"
    "14,803,96000000,-;Out of memory: Killed process 4713 (liar) anon-rss:1kB\n";

TEST(KernelKills, TheHostHadNoMemoryLeft) {
  const auto kill = find_kill(log, 4711, 80000000);
  ASSERT_TRUE(kill);
  EXPECT_FALSE(kill->at_a_limit);
  EXPECT_EQ(kill->resident_bytes, 5U << 20);
}

TEST(KernelKills, AControlGroupWasAtItsLimit) {
  const auto kill = find_kill(log, 4712, 0);
  ASSERT_TRUE(kill);
  EXPECT_TRUE(kill->at_a_limit);
}

TEST(KernelKills, OfSomebodyElseOrBeforeItsTimeOrByAProgramIsNone) {
  EXPECT_FALSE(find_kill(log, 47, 0)) << "a number that the other begins with";
  EXPECT_FALSE(find_kill(log, 4711, 91000000)) << "whoever had the number before";
  EXPECT_FALSE(find_kill(log, 4713, 0)) << "anybody who is root can write to the log";
  EXPECT_FALSE(find_kill("", 4711, 0));
  EXPECT_FALSE(find_kill("Killed process 4711 (", 4711, 0));
}

TEST(KernelKills, TheCounterIsOfTheHost) {
  const Result<Root> root = Root::open("/");
  ASSERT_TRUE(root);
  EXPECT_TRUE(oom_kills(*root)) << "every kernel that vigie runs on has it";
  const Result<Root> saved = Root::open(VIGIE_FIXTURES "/proc_basic");
  ASSERT_TRUE(saved);
  EXPECT_FALSE(oom_kills(*saved));
}

}  // namespace
}  // namespace vigie::keep
