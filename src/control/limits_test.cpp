#include "control/limits.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "base/fd.hpp"
#include "base/test_directory.hpp"
#include "control/child_for_tests.hpp"
#include "control/process.hpp"

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

/// Stands for cgroup.procs: what is written comes after what was written before.
class GroupOfProcesses {
 public:
  explicit GroupOfProcesses(const std::string& path) {
    if (::mkfifo(path.c_str(), 0600) == 0) fd_ = Fd(::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  }
  /// The pids that were written since the last call, in one text.
  [[nodiscard]] std::string moved() const {
    char text[256];
    const ssize_t size = ::read(fd_.get(), text, sizeof text);
    return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
  }

 private:
  Fd fd_;
};

TEST_F(LimitsTest, WhoIsForkedWhileATreeIsMovedIsMovedToo) {
  const GroupOfProcesses group(path() + "/cgroup.procs");
  const Child first, late;
  int sweeps = 0;
  const Lister list = [&] {
    Tree tree;
    tree.processes = {first.id()};
    if (++sweeps > 1) tree.processes.push_back(late.id());
    return tree;
  };
  EXPECT_TRUE(move_tree(list, path()));
  EXPECT_EQ(group.moved(), first.text() + late.text()) << "each once";
  EXPECT_EQ(sweeps, 3) << "until a sweep finds nobody new";
}

TEST_F(LimitsTest, OneThatEndedMeanwhileKeepsNobodyElseBack) {
  const GroupOfProcesses group(path() + "/cgroup.procs");
  Child gone;
  const Child other;
  const ProcessId ended = gone.id();
  gone.end();
  Tree tree;
  tree.processes = {ended, other.id()};
  EXPECT_TRUE(move_tree([&] { return tree; }, path()));
  EXPECT_EQ(group.moved(), other.text());
}

TEST_F(LimitsTest, AGroupThatTakesNobodyIsSaid) {
  const Child one;
  Tree tree;
  tree.processes = {one.id()};
  EXPECT_FALSE(move_tree([&] { return tree; }, path())) << "there is no cgroup.procs";
}

TEST_F(LimitsTest, ATreeThatNeverEndsIsLeftAtLast) {
  const GroupOfProcesses group(path() + "/cgroup.procs");
  pid_t pid = 1 << 22;  // beyond any that there is (proc(5), pid_max)
  const Lister list = [&] {
    Tree tree;
    tree.processes = {ProcessId{++pid, 1}};
    return tree;
  };
  EXPECT_TRUE(move_tree(list, path()));
  EXPECT_EQ(group.moved(), "");
  EXPECT_EQ(pid, (1 << 22) + 50) << "sweeps";
}

TEST_F(LimitsTest, EveryDiskGetsTheLimit) {
  const GroupOfProcesses two_writes(path() + "/io.max");
  EXPECT_TRUE(write_limit(path(), true, Resource::io, limits, {"8:0", "8:16"}));
  EXPECT_EQ(two_writes.moved(), "8:0 rbps=1000 wbps=10008:16 rbps=1000 wbps=1000");
  EXPECT_FALSE(write_limit(path(), false, Resource::io, limits, {"8:0", "8:16"})) << "not of version 1";
}

TEST_F(LimitsTest, MemoryIsLimitedWithoutSwapBeyondIt) {
  put("memory.max");
  put("memory.swap.max", "max");
  EXPECT_TRUE(write_limit(path(), true, Resource::memory, limits, {}));
  EXPECT_EQ(get("memory.swap.max").substr(0, 1), "0");
  put("memory.limit_in_bytes");
  put("memory.memsw.limit_in_bytes");
  EXPECT_TRUE(write_limit(path(), false, Resource::memory, limits, {}));
  EXPECT_EQ(get("memory.memsw.limit_in_bytes"), "67108864");
}

TEST_F(LimitsTest, OnlyWhatIsWantedIsThere) {
  const Limits none;
  for (const Resource resource : all_resources) EXPECT_FALSE(none.has(resource));
  for (const Resource resource : all_resources) EXPECT_TRUE(limits.has(resource));
}

TEST_F(LimitsTest, AWordThatOnlyBeginsLikeTheOneIsAnother) {
  put("memory.events", "oom_kill_total 7\noom_kill\noom_kill \noom_kills 4\n");
  EXPECT_EQ(memory_kills(path()), 0U);
  put("memory.events", "oom_bill 7\nlow 0\noom_kill \noom_kill 6\n");
  EXPECT_EQ(memory_kills(path()), 6U) << "neither another of its length nor one without a number";
  put("memory.events", "oom_kill_total 7\noom_kill 5");
  EXPECT_EQ(memory_kills(path()), 5U) << "the last line without its end";
}

TEST_F(LimitsTest, KillsForWantOfMemoryAreCounted) {
  EXPECT_EQ(memory_kills(path()), 0U);
  put("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
  EXPECT_EQ(memory_kills(path()), 2U);
  put("memory.events", "low 0\noom 4\noom_kill 3\noom_group_kill 0\n");
  EXPECT_EQ(memory_kills(path()), 3U);
}

TEST_F(LimitsTest, EachFileThatIsMissingIsSaid) {
  for (const char* file : {"cpu.cfs_period_us", "blkio.throttle.read_bps_device"}) put(file);
  EXPECT_FALSE(write_limit(path(), false, Resource::cpu, limits, {})) << "there is no quota";
  EXPECT_EQ(get("cpu.cfs_period_us"), "100000");
  EXPECT_FALSE(write_limit(path(), false, Resource::io, limits, {"8:0"})) << "writing has none";
  EXPECT_EQ(get("blkio.throttle.read_bps_device"), "8:0 1000");
  EXPECT_TRUE(write_limit(path(), false, Resource::io, limits, {})) << "there is no disk";
  put("cpu.cfs_quota_us");
  std::filesystem::remove(path() + "/cpu.cfs_period_us");
  EXPECT_FALSE(write_limit(path(), false, Resource::cpu, limits, {}));
  EXPECT_EQ(get("cpu.cfs_quota_us"), "") << "a quota of another period is another limit";
}

TEST_F(LimitsTest, EachResourceHasItsOwnFileAndController) {
  put("io.max");
  EXPECT_TRUE(can_limit(path(), Resource::io));
  EXPECT_FALSE(can_limit(path(), Resource::cpu));
  put("cgroup.controllers", "io cpu");
  put("cgroup.subtree_control");
  EXPECT_TRUE(hand_down(path(), Resource::io));
  EXPECT_EQ(get("cgroup.subtree_control"), "+io");
  EXPECT_EQ(controller_v1(Resource::io), "blkio");
  EXPECT_EQ(controller_v1(Resource::cpu), "cpu");
  EXPECT_EQ(controller_v1(Resource::memory), "memory");
  EXPECT_FALSE(Limits{.cpus = 1}.has(Resource::memory));
  EXPECT_FALSE(Limits{.cpus = 1}.has(Resource::io));
}

}  // namespace
}  // namespace vigie::control
