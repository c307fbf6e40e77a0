#include "sources/cgroup/cgroup_source.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <string>

#include "sources/cgroup/hierarchy.hpp"

namespace vigie::cgroup {
namespace {

CgroupSample sample_of(const char* fixture, std::string_view memberships) {
  const Result<Root> root = Root::open(std::string(VIGIE_FIXTURES "/") + fixture);
  if (!root) throw std::runtime_error(root.error().message);
  return Reader(*root).sample(memberships);
}

constexpr std::uint64_t gib = 1ULL << 30U;

TEST(CgroupV2, TheTightestOfGroupAndParentCounts) {
  const CgroupSample group = sample_of("cgroup_v2", "0::/jobs.slice/train ünï:1.scope\n");
  EXPECT_EQ(group.layout, CgroupLayout::v2);
  EXPECT_EQ(group.path, "/jobs.slice/train ünï:1.scope");
  EXPECT_EQ(group.cpu.quota_cpus, Reading<double>(2.0));
  EXPECT_EQ(group.cpu.quota_group, "/jobs.slice");
  EXPECT_EQ(group.cpu.throttled_periods, Reading<std::uint64_t>(125)) << "of the group whose quota counts";
  EXPECT_EQ(group.cpu.usage_us, Reading<std::uint64_t>(40'000'000)) << "of the own group";
  EXPECT_EQ(group.memory.bytes.limit, Reading<std::uint64_t>(8 * gib));
  EXPECT_EQ(group.memory.bytes.limit_used, Reading<std::uint64_t>(8053063680));
  EXPECT_EQ(group.memory.bytes.used, Reading<std::uint64_t>(5 * gib));
  EXPECT_EQ(group.memory.high, Reading<std::uint64_t>(15 * gib));
  EXPECT_EQ(group.memory.swap.limit, Reading<std::uint64_t>(0)) << "no swap at all is a limit";
  EXPECT_EQ(group.memory.inactive_file, Reading<std::uint64_t>(gib));
  EXPECT_EQ(group.memory.events_high, Reading<std::uint64_t>(7));
  EXPECT_EQ(group.memory.events_max, Reading<std::uint64_t>(812));
  EXPECT_EQ(group.memory.oom_kills, Reading<std::uint64_t>(1));
  EXPECT_EQ(group.pids.limit, Reading<std::uint64_t>(4096));
  EXPECT_EQ(group.pids.limit_used, Reading<std::uint64_t>(300));
}

TEST(CgroupV2, TheCpusetIsTheNearestOne) {
  EXPECT_EQ(sample_of("cgroup_v2", "0::/jobs.slice/train ünï:1.scope\n").cpu.cpuset_cpus, Reading<unsigned>(4));
  EXPECT_EQ(sample_of("cgroup_v2", "0::/\n").cpu.cpuset_cpus, Reading<unsigned>(32));
}

TEST(CgroupV2, DiskLimitsAreTheTightestOfEachDevice) {
  const CgroupSample group = sample_of("cgroup_v2", "0::/jobs.slice/train ünï:1.scope\n");
  ASSERT_TRUE(group.io);
  ASSERT_EQ(group.io->size(), 2U);
  EXPECT_EQ(group.io->at(0), (CgroupIoLimit{.major = 8,
                                            .minor = 16,
                                            .read_bytes_per_second = 1048576,
                                            .write_bytes_per_second = unlimited,
                                            .reads_per_second = 100,
                                            .writes_per_second = unlimited}));
  EXPECT_EQ(group.io->at(1).read_bytes_per_second, 52428800U);
  EXPECT_EQ(group.io->at(1).write_bytes_per_second, 104857600U) << "the parent's";
}

TEST(CgroupV2, PressureIsTheGroupsOwn) {
  const CgroupSample group = sample_of("cgroup_v2", "0::/jobs.slice/train ünï:1.scope\n");
  ASSERT_TRUE(group.cpu_pressure);
  EXPECT_DOUBLE_EQ(group.cpu_pressure->some.avg10, 12.5);
  EXPECT_EQ(group.cpu_pressure->full.total_us, 3456U);
  EXPECT_EQ(group.io_pressure.presence(), Presence::unsupported);
}

TEST(CgroupV2, TheRootGroupHasNoLimits) {
  const CgroupSample group = sample_of("cgroup_v2", "0::/\n");
  ASSERT_TRUE(group.cpu.quota_cpus);
  EXPECT_TRUE(std::isinf(*group.cpu.quota_cpus));
  EXPECT_EQ(group.memory.bytes.limit, Reading<std::uint64_t>(unlimited));
  EXPECT_EQ(group.memory.bytes.limit_group, "");
  EXPECT_EQ(group.cpu.throttled_us.presence(), Presence::unsupported);
}

TEST(CgroupV2, ARemovedGroupStillHasItsParentsLimits) {
  const CgroupSample group = sample_of("cgroup_v2", "0::/jobs.slice/gone.scope (deleted)\n");
  EXPECT_EQ(group.memory.bytes.limit, Reading<std::uint64_t>(8 * gib));
  EXPECT_EQ(group.memory.bytes.used.presence(), Presence::unsupported);
}

TEST(CgroupContainer, TheRootOfANamespaceHasTheLimitsOfTheContainer) {
  const CgroupSample group = sample_of("cgroup_container", "0::/\n");
  EXPECT_EQ(group.cpu.quota_cpus, Reading<double>(0.5));
  EXPECT_EQ(group.cpu.cpuset_cpus, Reading<unsigned>(2));
  EXPECT_EQ(group.memory.bytes.limit, Reading<std::uint64_t>(2 * gib));
  EXPECT_EQ(group.pids.limit, Reading<std::uint64_t>(unlimited));
  EXPECT_EQ(group.io.presence(), Presence::unsupported) << "io was not passed on to the container";
}

TEST(CgroupContainer, AGroupOutsideOfTheNamespaceIsUnknown) {
  const CgroupSample group = sample_of("cgroup_container", "0::/../other/../../proc\n");
  EXPECT_EQ(group.path, "/../other/../../proc");
  EXPECT_EQ(group.memory.bytes.limit.presence(), Presence::unknown);
  EXPECT_EQ(group.cpu.quota_cpus.presence(), Presence::unknown);
}

TEST(CgroupHybrid, EachControllerIsReadWhereItIsMounted) {
  const CgroupSample group =
      sample_of("cgroup_hybrid", "4:blkio:/job\n3:memory:/job\n2:cpu,cpuacct:/job\n1:name=systemd:/x\n0::/job\n");
  EXPECT_EQ(group.layout, CgroupLayout::hybrid);
  EXPECT_EQ(group.path, "/job");
  EXPECT_EQ(group.cpu.quota_cpus, Reading<double>(1.5));
  EXPECT_EQ(group.cpu.weight, Reading<std::uint64_t>(1024));
  EXPECT_EQ(group.cpu.throttled_us, Reading<std::uint64_t>(250'000)) << "version 1 counts nanoseconds";
  EXPECT_EQ(group.cpu.usage_us, Reading<std::uint64_t>(5'000'000));
  EXPECT_EQ(group.cpu.cpuset_cpus.presence(), Presence::unsupported);
  EXPECT_EQ(group.pids.limit, Reading<std::uint64_t>(100)) << "from the unified tree";
  ASSERT_TRUE(group.cpu_pressure);
  EXPECT_EQ(group.cpu_pressure->some.total_us, 77U);
  ASSERT_TRUE(group.io);
  ASSERT_EQ(group.io->size(), 1U);
  EXPECT_EQ(group.io->front().read_bytes_per_second, 1048576U);
  EXPECT_EQ(group.io->front().writes_per_second, 200U);
}

TEST(CgroupV1, TheLargestNumberOfPagesIsNoLimit) {
  const CgroupSample group = sample_of("cgroup_hybrid", "3:memory:/job\n0::/\n");
  EXPECT_EQ(group.memory.bytes.limit, Reading<std::uint64_t>(unlimited));
  EXPECT_EQ(group.memory.bytes.used, Reading<std::uint64_t>(123456789));
  EXPECT_EQ(group.memory.swap.limit, Reading<std::uint64_t>(unlimited));
  EXPECT_EQ(group.memory.swap.used, Reading<std::uint64_t>(4096));
  EXPECT_EQ(group.memory.oom_kills, Reading<std::uint64_t>(4));
  EXPECT_EQ(group.memory.events_oom.presence(), Presence::unsupported);
}

TEST(CgroupV1, WithoutHierarchyTheParentsLimitDoesNotCount) {
  const CgroupSample group = sample_of("cgroup_hybrid", "3:memory:/small/alone\n");
  EXPECT_EQ(group.memory.bytes.limit, Reading<std::uint64_t>(4 * gib));
}

TEST(CgroupV1, AGroupThatCannotBeFoundIsNotUnlimited) {
  EXPECT_EQ(sample_of("cgroup_hybrid", "4:blkio:/nowhere\n2:cpu,cpuacct:/a\n").memory.bytes.limit.presence(),
            Presence::unsupported);
}

TEST(CgroupMissing, WithoutMountsNothingIsKnown) {
  const CgroupSample group = sample_of("proc_basic", "0::/user.slice\n");
  EXPECT_EQ(group.layout, CgroupLayout::none);
  EXPECT_EQ(group.memory.bytes.limit.presence(), Presence::unsupported);
  EXPECT_EQ(group.io.presence(), Presence::unsupported);
}

TEST(CgroupPaths, AMountOfAPartShowsWhatIsBelow) {
  const Mount mount{.group = "/docker/abc", .point = "/sys/fs/cgroup/memory", .unified = false, .controllers = {}};
  const std::vector<Level> inside = levels(mount, "/docker/abc/job");
  ASSERT_EQ(inside.size(), 2U);
  EXPECT_EQ(inside[0].directory, "/sys/fs/cgroup/memory/job");
  EXPECT_EQ(inside[1].directory, "/sys/fs/cgroup/memory");
  EXPECT_EQ(inside[1].path, "/docker/abc");
  EXPECT_TRUE(levels(mount, "/docker/abcd").empty()) << "a longer name is another group";
  EXPECT_TRUE(levels(mount, "/").empty());
  EXPECT_TRUE(levels(mount, "/docker/abc/../../..").empty());
}

TEST(CgroupPaths, MountPointsAreUnescaped) {
  const std::vector<Mount> mounts =
      parse_mounts("9 8 0:1 / /mnt/a\\040b rw - cgroup cgroup rw,cpu,cpuacct\nbad\n1 2 3 - cgroupx a b\n");
  ASSERT_EQ(mounts.size(), 1U);
  EXPECT_EQ(mounts[0].point, "/mnt/a b");
  EXPECT_EQ(mounts[0].controllers, (std::vector<std::string>{"cpu", "cpuacct"}));
}

TEST(CgroupAmounts, WhatTheKernelWritesForNoLimit) {
  EXPECT_EQ(parse_amount("max\n"), Reading<std::uint64_t>(unlimited));
  EXPECT_EQ(parse_amount("-1\n"), Reading<std::uint64_t>(unlimited));
  EXPECT_EQ(parse_amount("9223372036854771712\n"), Reading<std::uint64_t>(unlimited)) << "4 KiB pages";
  EXPECT_EQ(parse_amount("9223372036854710272\n"), Reading<std::uint64_t>(unlimited)) << "64 KiB pages";
  EXPECT_EQ(parse_amount("99999999999999999999999\n"), Reading<std::uint64_t>(unlimited));
  EXPECT_EQ(parse_amount("0\n"), Reading<std::uint64_t>(0));
  EXPECT_EQ(parse_amount("").presence(), Presence::unknown);
  EXPECT_EQ(parse_amount("12x\n").presence(), Presence::unknown);
  EXPECT_EQ(parse_cpu_max("max 100000\n"), Reading<double>(std::numeric_limits<double>::infinity()));
  EXPECT_EQ(parse_cpu_max("25000 50000\n"), Reading<double>(0.5));
  EXPECT_EQ(parse_cpu_max("25000 0\n").presence(), Presence::unknown);
  EXPECT_EQ(parse_cpu_max("\n").presence(), Presence::unknown);
}

}  // namespace
}  // namespace vigie::cgroup
