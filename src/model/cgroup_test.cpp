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

TEST(CgroupLimits, OneRowForEachLimitThatIsOffered) {
  CgroupSample group = limited(1.5, 8);
  group.memory.bytes = {.limit = 1000, .limit_group = "/jobs", .limit_used = 400, .used = 300};
  group.memory.high = group.memory.swap.limit = Presence::unsupported;
  group.pids.limit = unlimited;
  const std::vector<CgroupLimit> rows = limits_of(group);
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[0].limit, Reading<double>(1.5));
  EXPECT_EQ(rows[2].name, "cgroup memory");
  EXPECT_EQ(rows[2].used, Reading<double>(400.0));
  EXPECT_EQ(rows[2].group, "/jobs");
  EXPECT_EQ(rows[3].limit, Reading<double>(std::numeric_limits<double>::infinity()));
}

TEST(EffectiveCpus, AQuotaOrACpusetAloneCounts) {
  CgroupSample group;
  group.cpu.quota_cpus = 1.5;
  EXPECT_EQ(effective_cpus(8, 4U, Reading<CgroupSample>(group)), 1.5);
  group.cpu.quota_cpus = Presence::unsupported;
  group.cpu.cpuset_cpus = 3U;
  EXPECT_EQ(effective_cpus(8, 4U, Reading<CgroupSample>(group)), 3);
  EXPECT_EQ(effective_cpus(8, Presence::unknown, Presence::not_read), 8);
  EXPECT_EQ(effective_cpus(0, Presence::unknown, Presence::not_read), 0) << "not known";
}

TEST(EffectiveMemory, AGroupWithoutALimitIsTheHosts) {
  Memory host;
  host.total = 1000;
  host.available = 300;
  CgroupSample group;
  EXPECT_FALSE(effective_memory(host, Reading<CgroupSample>(group)).limited);
  group.memory.bytes.limit = unlimited;
  const EffectiveMemory memory = effective_memory(host, Reading<CgroupSample>(group));
  EXPECT_FALSE(memory.limited);
  EXPECT_EQ(memory.total, 1000U);
  EXPECT_EQ(memory.available, 300U);
}

TEST(EffectiveMemory, CacheIsGivenBackAndTheHostMayHaveLess) {
  Memory host;
  host.total = 1000;
  host.available = 300;
  CgroupSample group;
  group.memory.bytes.limit = 800U;
  group.memory.bytes.limit_used = 500U;
  group.memory.inactive_file = 100U;
  const EffectiveMemory memory = effective_memory(host, Reading<CgroupSample>(group));
  EXPECT_TRUE(memory.limited);
  EXPECT_EQ(memory.total, 800U);
  EXPECT_EQ(memory.available, 300U) << "of 400 that its limit leaves";
  host.available = 900;
  EXPECT_EQ(effective_memory(host, Reading<CgroupSample>(group)).available, 400U);
  group.memory.bytes.limit_used = 2000U;
  EXPECT_EQ(effective_memory(host, Reading<CgroupSample>(group)).available, 0U) << "over it";
  group.memory.bytes.limit = 1000U;
  EXPECT_FALSE(effective_memory(host, Reading<CgroupSample>(group)).limited) << "as much as the host has is no limit";
}

}  // namespace
}  // namespace vigie
