#include "control/limits.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "base/test_directory.hpp"

namespace vigie::control {
namespace {

class LimitsTest : public testing::Test {
 protected:
  void put(const std::string& file, std::string_view text = "") const { std::ofstream(path_ + "/" + file) << text; }
  [[nodiscard]] std::string get(const std::string& file) const {
    std::ifstream in(path_ + "/" + file);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  TestDirectory temporary_;
  const std::string& path_ = temporary_.path();
};

const Limits limits{.memory_bytes = 64 << 20, .cpus = 1.5, .io_bytes_per_second = 1000};

TEST_F(LimitsTest, Version2) {
  for (const char* file : {"memory.max", "cpu.max", "io.max"}) put(file);
  for (const Resource resource : all_resources) {
    EXPECT_TRUE(can_limit(path(), resource));
    EXPECT_TRUE(write_limit(path(), true, resource, limits, {"8:0"}));
  }
  EXPECT_EQ(get("memory.max"), "67108864");
  EXPECT_EQ(get("cpu.max"), "150000 100000");
  EXPECT_EQ(get("io.max"), "8:0 rbps=1000 wbps=1000");
}

TEST_F(LimitsTest, Version1) {
  for (const char* file : {"memory.limit_in_bytes", "cpu.cfs_period_us", "cpu.cfs_quota_us",
                           "blkio.throttle.read_bps_device", "blkio.throttle.write_bps_device"})
    put(file);
  for (const Resource resource : all_resources) EXPECT_TRUE(write_limit(path(), false, resource, limits, {"8:0"}));
  EXPECT_EQ(get("memory.limit_in_bytes"), "67108864");
  EXPECT_EQ(get("cpu.cfs_quota_us"), "150000");
  EXPECT_EQ(get("blkio.throttle.write_bps_device"), "8:0 1000");
}

TEST_F(LimitsTest, AGroupWithoutTheControllerSaysSo) {
  EXPECT_FALSE(can_limit(path(), Resource::memory));
  EXPECT_FALSE(write_limit(path(), true, Resource::memory, limits, {}));
}

TEST_F(LimitsTest, AControllerIsHandedDownOnlyWhereItIsAndOnlyOnce) {
  EXPECT_FALSE(hand_down(path(), Resource::memory));
  put("cgroup.controllers", "cpuset cpu memory pids\n");
  put("cgroup.subtree_control", "cpu\n");
  EXPECT_TRUE(hand_down(path(), Resource::cpu));
  EXPECT_EQ(get("cgroup.subtree_control"), "cpu\n") << "it has been already";
  EXPECT_TRUE(hand_down(path(), Resource::memory));
  EXPECT_TRUE(get("cgroup.subtree_control").starts_with("+memory"));
  EXPECT_FALSE(hand_down(path(), Resource::io)) << "not one of its controllers";
}

TEST_F(LimitsTest, KillsForWantOfMemoryAreCounted) {
  EXPECT_EQ(memory_kills(path()), 0U);
  put("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
  EXPECT_EQ(memory_kills(path()), 2U);
  put("memory.events", "low 0\noom 4\noom_kill 3\noom_group_kill 0\n");
  EXPECT_EQ(memory_kills(path()), 3U);
}

}  // namespace
}  // namespace vigie::control
