#include "control/cgroup_leaf.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/test_directory.hpp"

namespace vigie::control {
namespace {

namespace fs = std::filesystem;

/// Plain files stand for the kernel's: what is written can be read back.
class CgroupLeafTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(leaf() + "/inner");
    for (const char* file : {"cgroup.kill", "cgroup.freeze"}) put(file, "");
  }
  [[nodiscard]] std::string leaf() const { return path_ + "/leaf"; }
  [[nodiscard]] const std::string& parent() const { return path_; }
  void put(const std::string& file, std::string_view text) const { std::ofstream(leaf() + "/" + file) << text; }
  [[nodiscard]] std::string get(const std::string& file) const {
    std::ifstream in(leaf() + "/" + file);
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  TestDirectory temporary_;
  const std::string& path_ = temporary_.path();
};

TEST_F(CgroupLeafTest, NamesEverybodyInItAndBelowIt) {
  put("cgroup.procs", "12\n34\n0\n");
  put("inner/cgroup.procs", "56\n");
  EXPECT_EQ(CgroupLeaf(leaf()).pids(), (std::vector<pid_t>{12, 34, 56}));
}

TEST_F(CgroupLeafTest, FreezingWaitsUntilItIsFrozen) {
  put("cgroup.events", "populated 1\nfrozen 0\n");
  const Result<void> late = CgroupLeaf(leaf()).freeze(0.1);
  ASSERT_FALSE(late);
  EXPECT_NE(late.error().message.find("not frozen yet"), std::string::npos);
  EXPECT_EQ(get("cgroup.freeze"), "1");
  put("cgroup.events", "populated 1\nfrozen 1\n");
  EXPECT_TRUE(CgroupLeaf(leaf()).freeze(5));
  EXPECT_TRUE(CgroupLeaf(leaf()).frozen());
  EXPECT_TRUE(CgroupLeaf(leaf()).thaw());
  EXPECT_EQ(get("cgroup.freeze").front(), '0');
}

TEST_F(CgroupLeafTest, KillsByOneWrite) {
  ASSERT_TRUE(CgroupLeaf(leaf()).kill());
  EXPECT_EQ(get("cgroup.kill"), "1");
}

TEST_F(CgroupLeafTest, AGroupThatCannotBeKilledIsNotKept) {
  const Result<CgroupLeaf> made = CgroupLeaf::make(parent(), "new");  // of plain files: no cgroup.kill appears
  ASSERT_FALSE(made);
  EXPECT_FALSE(fs::exists(parent() + "/new"));
}

TEST_F(CgroupLeafTest, WhatIsGoneHasNobodyAndIsRemoved) {
  const CgroupLeaf gone(parent() + "/none");
  EXPECT_TRUE(gone.pids().empty());
  EXPECT_FALSE(gone.frozen());
  EXPECT_TRUE(gone.remove());
  EXPECT_FALSE(gone.kill());
}

TEST_F(CgroupLeafTest, WhatARecordNamesMustBeAControlGroupOfItsRun) {
  RunRecord record;
  record.id = "abc123";
  record.owner = ::geteuid();
  const auto why_not = [&](const std::string& directory) {
    record.group.directory = directory;
    const Result<void> killed = CgroupLeaf::of_run(record).kill();
    return killed ? std::string() : killed.error().message;
  };
  fs::create_directory(parent() + "/vigie-abc123");
  fs::create_directory_symlink("leaf", parent() + "/vigie-abc123-2");
  std::ofstream(parent() + "/vigie-abc123/cgroup.kill") << "";
  EXPECT_TRUE(why_not(leaf()).contains("another name"));
  EXPECT_TRUE(why_not(parent() + "/vigie-abc123x").contains("another name"));
  EXPECT_TRUE(why_not(parent() + "/vigie-abc123-").contains("another name"));
  EXPECT_TRUE(why_not(parent() + "/vigie-abc123").contains("ordinary directory"));
  EXPECT_TRUE(why_not(parent() + "/vigie-abc123-2").contains("Not a directory"));
  EXPECT_TRUE(why_not("vigie-abc123").contains("Invalid argument"));
  EXPECT_EQ(get("cgroup.kill"), "");
}

TEST_F(CgroupLeafTest, WhatNobodyKeepsAnyMoreIsRemovedButNothingNew) {
  for (const char* name : {"/vigie-old", "/vigie-new", "/other"}) fs::create_directory(parent() + name);
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(1);
  for (const char* name : {"/vigie-old", "/other"}) fs::last_write_time(parent() + name, long_ago);
  remove_abandoned(parent());
  EXPECT_FALSE(fs::exists(parent() + "/vigie-old"));
  EXPECT_TRUE(fs::exists(parent() + "/vigie-new"));
  EXPECT_TRUE(fs::exists(parent() + "/other"));
}

TEST_F(CgroupLeafTest, ALineThatIsNoPidEndsTheList) {
  put("cgroup.procs", "12\n34");
  EXPECT_EQ(CgroupLeaf(leaf()).pids(), (std::vector<pid_t>{12, 34})) << "the last line without its end";
  put("cgroup.procs", "12\nx\n34\n");
  EXPECT_EQ(CgroupLeaf(leaf()).pids(), (std::vector<pid_t>{12}));
}

TEST_F(CgroupLeafTest, GroupsBelowAreRemovedInnermostFirst) {
  const CgroupLeaf nested(parent() + "/nested");
  fs::create_directories(parent() + "/nested/a/b");
  fs::create_directories(parent() + "/nested/c");
  EXPECT_TRUE(nested.remove());
  EXPECT_FALSE(fs::exists(parent() + "/nested"));
  EXPECT_FALSE(CgroupLeaf(leaf()).remove()) << "somebody is in it";
  EXPECT_TRUE(fs::exists(leaf()));
}

TEST_F(CgroupLeafTest, EveryAttemptHasAGroupOfItsOwn) {
  EXPECT_EQ(group_name("abc", 0), "vigie-abc");
  EXPECT_EQ(group_name("abc", 1), "vigie-abc");
  EXPECT_EQ(group_name("abc", 2), "vigie-abc-2");
}

TEST_F(CgroupLeafTest, NamesOfOtherRunsAreNotThoseOfThisOne) {
  RunRecord record;
  record.id = "abc";
  const auto why_not = [&](const std::string& name) {
    record.group.directory = parent() + "/" + name;
    return CgroupLeaf::of_run(record).kill().error().message;
  };
  for (const char* other : {"vigie-abcd", "vigie-abc-x", "vigie-abc-1x", "vigie-abc2", "vigie-ab"})
    EXPECT_TRUE(why_not(other).contains("another name")) << other;
  for (const char* own : {"vigie-abc", "vigie-abc-2", "vigie-abc-10"})
    EXPECT_TRUE(why_not(own).contains("cannot open")) << own;
}

TEST_F(CgroupLeafTest, OnlyEmptyGroupsOlderThanAMinuteAreAbandoned) {
  const auto made = [&](const std::string& name, int seconds) {
    fs::create_directory(parent() + name);
    fs::last_write_time(parent() + name, fs::file_time_type::clock::now() - std::chrono::seconds(seconds));
  };
  made("/vigie-older", 62);
  made("/vigie-younger", 30);
  std::ofstream(parent() + "/vigie-file") << "x";
  fs::last_write_time(parent() + "/vigie-file", fs::file_time_type::clock::now() - std::chrono::hours(1));
  remove_abandoned(parent());
  EXPECT_FALSE(fs::exists(parent() + "/vigie-older"));
  EXPECT_TRUE(fs::exists(parent() + "/vigie-younger"));
  EXPECT_TRUE(fs::exists(parent() + "/vigie-file")) << "not a group";
}

}  // namespace
}  // namespace vigie::control
