#include "load/leftovers.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/test_directory.hpp"

namespace vigie::load {
namespace {

class LeftoversTest : public ::testing::Test {
 protected:
  void SetUp() override { ::setenv("XDG_STATE_HOME", state_.path().c_str(), 1); }

  /// Makes a file, in a child that is killed before it can remove it.
  std::string killed_with_file() {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      Result<Leftovers> mine = Leftovers::open("test");
      const std::string path = mine->new_path(state_.path()).value();
      std::ofstream(path) << "left";
      (void)!::write(ends[1], path.data(), path.size());
      ::kill(::getpid(), SIGKILL);
    }
    ::waitpid(child, nullptr, 0);
    char path[4096];
    const ssize_t got = ::read(ends[0], path, sizeof path);
    ::close(ends[0]);
    ::close(ends[1]);
    return {path, static_cast<std::size_t>(got)};
  }

  TestDirectory state_;
};

TEST_F(LeftoversTest, NothingIsLeftOfOneThatEnds) {
  std::string path;
  {
    Result<Leftovers> mine = Leftovers::open("test");
    ASSERT_TRUE(mine.has_value());
    path = mine->new_path(state_.path()).value();
    std::ofstream(path) << "there";
    EXPECT_TRUE(remove_leftovers().value().empty());  // of one that is alive nothing is removed
    EXPECT_TRUE(std::filesystem::exists(path));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_TRUE(std::filesystem::is_empty(state_.path("vigie/load")));
}

TEST_F(LeftoversTest, WhatAKilledOneLeftIsRemovedAndNamed) {
  const std::string path = killed_with_file();
  ASSERT_TRUE(std::filesystem::exists(path));
  const std::vector<std::string> said = remove_leftovers().value();
  ASSERT_EQ(said.size(), 1U);
  EXPECT_TRUE(said[0].starts_with("removed " + path + ", left by load test"));
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_TRUE(remove_leftovers().value().empty());
}

TEST_F(LeftoversTest, ASymbolicLinkInItsPlaceStays) {
  const std::string path = killed_with_file();
  std::filesystem::remove(path);
  std::ofstream(state_.path("precious")) << "x";
  std::filesystem::create_symlink(state_.path("precious"), path);
  EXPECT_TRUE(remove_leftovers().value().empty());
  EXPECT_TRUE(std::filesystem::exists(state_.path("precious")));
}

}  // namespace
}  // namespace vigie::load
