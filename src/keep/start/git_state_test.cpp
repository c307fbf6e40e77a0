#include "keep/start/git_state.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/test_directory.hpp"

namespace vigie::keep {
namespace {

namespace fs = std::filesystem;

const std::string commit(40, 'a');
const std::string other(40, 'b');

class GitStateTest : public testing::Test {
 protected:
  void put(const std::string& file, const std::string& text) const {
    fs::create_directories(fs::path(path(file)).parent_path());
    std::ofstream(path(file)) << text;
  }
  [[nodiscard]] std::string path(const std::string& file) const { return directory_.path() + "/" + file; }
  [[nodiscard]] std::optional<GitState> state(const std::string& directory) const {
    const std::optional<GitPlace> place = find_git(path(directory));
    return place ? read_git(*place) : std::nullopt;
  }

  TestDirectory directory_;
};

TEST_F(GitStateTest, ABranchIsReadFromBelow) {
  put("tree/.git/HEAD", "ref: refs/heads/feature/one\n");
  put("tree/.git/refs/heads/feature/one", commit + "\n");
  put("tree/deep/er/file", "");
  const auto found = state("tree/deep/er");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->commit, commit);
  EXPECT_EQ(found->branch, "feature/one");
  EXPECT_EQ(found->dirty, std::nullopt);
}

TEST_F(GitStateTest, ADetachedHeadHasNoBranch) {
  put("tree/.git/HEAD", commit + "\n");
  const auto found = state("tree");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->branch, "");
}

TEST_F(GitStateTest, PackedReferencesCountWhereThereIsNoLooseOne) {
  put("tree/.git/HEAD", "ref: refs/heads/main\n");
  put("tree/.git/packed-refs",
      "# pack-refs with: peeled\n" + other + " refs/heads/not-main\n" + commit + " refs/heads/main\n^" + other + "\n");
  EXPECT_EQ(state("tree").value_or(GitState{}).commit, commit);
  put("tree/.git/refs/heads/main", other + "\n");
  EXPECT_EQ(state("tree").value_or(GitState{}).commit, other);
}

TEST_F(GitStateTest, ALinkedWorkingTreeHasItsOwnHeadAndTheCommonReferences) {
  put("main/.git/worktrees/side/HEAD", "ref: refs/heads/side\n");
  put("main/.git/worktrees/side/commondir", "../..\n");
  put("main/.git/refs/heads/side", commit + "\n");
  put("side/.git", "gitdir: " + path("main/.git/worktrees/side") + "\n");
  EXPECT_EQ(state("side").value_or(GitState{}).commit, commit);
  put("sub/.git", "gitdir: ../main/.git/worktrees/side\n");
  EXPECT_EQ(state("sub").value_or(GitState{}).branch, "side");
}

TEST_F(GitStateTest, WhatIsNoRepositoryIsNone) {
  put("none/file", "");
  EXPECT_FALSE(state("none"));
  put("unborn/.git/HEAD", "ref: refs/heads/main\n");
  EXPECT_FALSE(state("unborn"));
  put("secret/.git/HEAD", "root:x:0:0:root:/root:/bin/bash\n");
  EXPECT_FALSE(state("secret"));
  put("outside/.git/HEAD", "ref: refs/../../../secret\n");
  put("secret2", commit + "\n");
  EXPECT_FALSE(state("outside"));
  put("circle/.git/HEAD", "ref: refs/heads/a\n");
  put("circle/.git/refs/heads/a", "ref: refs/heads/a\n");
  EXPECT_FALSE(state("circle"));
}

TEST_F(GitStateTest, NothingIsWaitedFor) {
  fs::create_directories(path("pipe/.git/refs/heads"));
  ASSERT_EQ(::mkfifo(path("pipe/.git/HEAD").c_str(), 0600), 0);
  EXPECT_FALSE(state("pipe"));
}

TEST_F(GitStateTest, WhetherItIsDirtyIsNotKnownWhereGitFails) {
  put("tree/.git/HEAD", commit + "\n");
  put("tree/.git/index", "no index");
  fs::create_directories(path("tree/.git/objects"));
  fs::create_directories(path("scratch"));
  EXPECT_EQ(ask_whether_dirty(*find_git(path("tree")), commit, path("scratch")), std::nullopt);
  EXPECT_TRUE(fs::is_empty(path("scratch")));
}

}  // namespace
}  // namespace vigie::keep
