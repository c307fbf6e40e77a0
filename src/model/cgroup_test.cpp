#include "model/cgroup.hpp"

#include <gtest/gtest.h>

namespace vigie {
namespace {

CgroupSample limited(double quota, unsigned cpuset) {
  CgroupSample group;
  group.cpu.quota_cpus = quota;
  group.cpu.cpuset_cpus = cpuset;
  return group;
}

TEST(EffectiveCpus, TheLeastOfAllThatIsKnown) {
  EXPECT_DOUBLE_EQ(effective_cpus(64, 32U, limited(1.5, 8)), 1.5);
  EXPECT_DOUBLE_EQ(effective_cpus(64, 4U, limited(16, 8)), 4);
  EXPECT_DOUBLE_EQ(effective_cpus(64, Presence::denied, limited(std::numeric_limits<double>::infinity(), 8)), 8);
  EXPECT_DOUBLE_EQ(effective_cpus(64, Presence::unknown, Presence::not_read), 64);
  EXPECT_DOUBLE_EQ(effective_cpus(0, Presence::unknown, Presence::not_read), 0);
}

TEST(EffectiveMemory, WithoutTheHostTheGroupsLimitCounts) {
  CgroupSample group;
  group.memory.bytes.limit = 1000;
  group.memory.bytes.limit_used = 400;
  const EffectiveMemory memory = effective_memory(Presence::unknown, group);
  EXPECT_TRUE(memory.limited);
  EXPECT_EQ(memory.available, Reading<std::uint64_t>(600));
  EXPECT_EQ(effective_memory(Presence::denied, Presence::not_read).total.presence(), Presence::denied);
}

}  // namespace
}  // namespace vigie
