#include "keep/groups/run_group.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/test_directory.hpp"
#include "keep/groups/limit_groups.hpp"

namespace vigie::keep {
namespace {

/// A hybrid host: memory in a hierarchy of version 1, and version 2 without controllers beside it.
class RunGroupTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(path_ + "/proc/self");
    std::ofstream(path_ + "/proc/self/mountinfo")
        << "30 20 0:26 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
           "31 20 0:27 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";
    std::ofstream(path_ + "/proc/self/cgroup") << "4:memory:/jobs/a\n0::/user.slice/session-3.scope\n";
  }
  [[nodiscard]] Root root() const { return *Root::open(path_); }

 private:
  TestDirectory temporary_;
  const std::string& path_ = temporary_.path();
};

TEST_F(RunGroupTest, ItsOwnIsTheFirst) {
  const std::vector<std::string> groups = own_groups(root());
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups.front(), "/sys/fs/cgroup/unified/user.slice/session-3.scope");
}

TEST_F(RunGroupTest, LimitsOfVersion1LieBelowWhereTheProcessIs) {
  EXPECT_EQ(group_v1(root(), 0, "memory"), "/sys/fs/cgroup/memory/jobs/a");
  EXPECT_EQ(group_v1(root(), 0, "cpu"), std::nullopt);
}

TEST_F(RunGroupTest, WhatCannotBeLimitedSaysWhatToDo) {
  const control::Limits limits{.memory_bytes = {}, .cpus = 2, .io_bytes_per_second = {}};
  const Result<std::vector<LimitGroup>> set = set_limits(root(), limits, "", 0, "vigie-test");
  ASSERT_FALSE(set);
  EXPECT_NE(set.error().message.find("systemd-run --user --scope -p CPUQuota"), std::string::npos)
      << set.error().message;
}

TEST_F(RunGroupTest, AnEventTellsWhichOrWhyNone) {
  EXPECT_EQ(group_for_event({.directory = "/a\"b", .reason = ""}), "\"cgroup\": \"/a\\\"b\"");
  EXPECT_EQ(group_for_event({.directory = "", .reason = "x"}), "\"cgroup\": null, \"cgroup_reason\": \"x\"");
}

}  // namespace
}  // namespace vigie::keep
