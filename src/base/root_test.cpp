#include "base/root.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/test_directory.hpp"

namespace vigie {
namespace {

TEST(Root, ADirectoryWithoutProcIsTheCallersMistake) {
  const TestDirectory saved;
  const Result<Root> none = Root::open(saved.path());
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::usage);
  EXPECT_TRUE(none.error().message.starts_with("cannot open " + saved.path() + "/proc: ")) << none.error().message;
}

TEST(Root, OnlyTheHostItselfIsLive) {
  const TestDirectory saved;
  std::filesystem::create_directory(saved.path("proc"));
  const Result<Root> root = Root::open(saved.path());
  ASSERT_TRUE(root) << "a saved host may have no /sys";
  EXPECT_FALSE(root->live());
  EXPECT_TRUE(Root::open("/")->live());
}

}  // namespace
}  // namespace vigie
