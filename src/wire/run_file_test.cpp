#include "wire/run_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/test_directory.hpp"
#include "wire/run_directory.hpp"

namespace vigie::wire {
namespace {

namespace fs = std::filesystem;

class RunFileTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(run());
    std::ofstream(path() + "/secret") << "secret";
  }
  [[nodiscard]] const std::string& path() const { return directory_.path(); }
  [[nodiscard]] std::string run() const { return path() + "/run"; }

  TestDirectory directory_;
};

TEST_F(RunFileTest, AFileIsReadAndItsOwnerTold) {
  std::ofstream(run() + "/file") << "content";
  uid_t owner = 0;
  EXPECT_EQ(read_run_file(run(), "file", 100, &owner).value(), "content");
  EXPECT_EQ(owner, ::geteuid());
}

TEST_F(RunFileTest, ALinkLeadsNowhere) {
  fs::create_symlink("../secret", run() + "/link");
  EXPECT_FALSE(read_run_file(run(), "link"));
  fs::create_symlink("run", path() + "/other");
  std::ofstream(run() + "/file") << "content";
  EXPECT_FALSE(read_run_file(path() + "/other", "file"));
}

TEST_F(RunFileTest, APipeIsNotWaitedFor) {
  ASSERT_EQ(::mkfifo((run() + "/pipe").c_str(), 0600), 0);
  EXPECT_FALSE(read_run_file(run(), "pipe"));
  EXPECT_FALSE(open_file(*open_run(run()), "pipe", O_WRONLY | O_APPEND));
}

TEST_F(RunFileTest, WhatIsNotTheOwnersIsNotRead) {
  std::ofstream(run() + "/file") << "content";
  if (::chown((run() + "/file").c_str(), 65534, 65534) != 0) GTEST_SKIP() << "only root can give files away";
  EXPECT_EQ(read_run_file(run(), "file").error().kind, ErrorKind::denied);
  ASSERT_EQ(::chown(run().c_str(), 65534, 65534), 0);
  EXPECT_TRUE(read_run_file(run(), "file"));
  EXPECT_EQ(open_own_run(run()).error().kind, ErrorKind::denied);
}

TEST_F(RunFileTest, ARecordIsThatOfItsOwnDirectory) {
  RunRecord record{.id = "run", .name = "resnet"};
  record.directory = run();
  ASSERT_TRUE(write_record(record));
  EXPECT_EQ(read_record(run()).value().owner, ::geteuid());
  record.id = "other";
  ASSERT_TRUE(write_record(record));
  EXPECT_FALSE(read_record(run()));
}

}  // namespace
}  // namespace vigie::wire
