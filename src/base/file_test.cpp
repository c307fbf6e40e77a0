#include "base/file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "base/test_directory.hpp"

namespace vigie {
namespace {

class OwnFile : public testing::Test {
 protected:
  void write(const std::string& name, std::string_view content) { std::ofstream(path(name)) << content; }
  [[nodiscard]] std::string path(const std::string& name) const { return directory_.path() + "/" + name; }

  TestDirectory directory_;
};

TEST_F(OwnFile, IsReadWhole) {
  write("a", std::string(3 << 20, 'x') + "y");
  EXPECT_EQ(read_own_file(path("a"))->size(), (3U << 20) + 1);
  EXPECT_EQ(read_own_tail(path("a"), 2).value(), "xy");
  EXPECT_EQ(read_own_tail(path("a"), 4 << 20)->size(), (3U << 20) + 1);
}

TEST_F(OwnFile, LargerThanItMayBeIsAnErrorAndNotItsBeginning) {
  write("a", "12345678");
  EXPECT_EQ(read_own_file(path("a"), 8).value(), "12345678");
  EXPECT_FALSE(read_own_file(path("a"), 7));
  std::string buffer;
  EXPECT_EQ(read_file(AT_FDCWD, path("a").c_str(), buffer, 7), EFBIG);
  EXPECT_EQ(read_beginning(AT_FDCWD, path("a").c_str(), buffer, 7), 0);
  EXPECT_EQ(buffer, "1234567");
}

TEST_F(OwnFile, IsNothingElse) {
  write("real", "x");
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  ASSERT_EQ(::mkdir(path("directory").c_str(), 0700), 0);
  std::filesystem::create_symlink(path("real"), path("link"));
  std::filesystem::create_directory_symlink(directory_.path(), path("there"));
  for (const char* name : {"fifo", "directory", "link"}) {
    for (const int flags : {O_RDONLY, O_WRONLY | O_APPEND | O_CREAT, O_RDWR | O_CREAT}) {
      const Result<Fd> opened = open_own_file(path(name), flags);
      ASSERT_FALSE(opened) << name;
      EXPECT_EQ(opened.error().errno_value, ENOTSUP) << opened.error().message;
    }
  }
  EXPECT_FALSE(read_own_file(path("there/real"))) << "the directory is a link";
  EXPECT_EQ(read_own_file(path("none")).error().errno_value, ENOENT);
}

TEST_F(OwnFile, OfSomebodyElseIsNone) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  write("theirs", "x");
  ASSERT_EQ(::chown(path("theirs").c_str(), 65534, 65534), 0);
  EXPECT_FALSE(read_own_file(path("theirs")));
  ASSERT_EQ(::chown(directory_.path().c_str(), 65534, 65534), 0);
  EXPECT_TRUE(read_own_file(path("theirs"))) << "root looks at somebody's directory";
}

TEST_F(OwnFile, TakesThePlaceOfWhatever) {
  ASSERT_EQ(::mkfifo(path("a").c_str(), 0600), 0);
  const Fd here(::open(directory_.path().c_str(), O_RDONLY | O_DIRECTORY));
  EXPECT_TRUE(create_own_file(here.get(), "a"));
  EXPECT_TRUE(std::filesystem::is_regular_file(path("a")));
}

TEST_F(OwnFile, IsReplacedWhole) {
  const Fd here(::open(directory_.path().c_str(), O_RDONLY | O_DIRECTORY));
  write("a", "what was there before");
  ASSERT_TRUE(replace_file(here.get(), "a", "new"));
  EXPECT_EQ(read_own_file(path("a")).value(), "new");
  ASSERT_EQ(::mkdir(path("b").c_str(), 0700), 0);
  EXPECT_FALSE(replace_file(here.get(), "b", "new")) << "a directory is in its place";
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) files += entry.exists() ? 1 : 0;
  EXPECT_EQ(files, 2U) << "nothing temporary is left";
}

TEST_F(OwnFile, IsWrittenWholeOrItIsSaid) {
  const Fd file(::open(path("a").c_str(), O_WRONLY | O_CREAT, 0600));
  EXPECT_EQ(write_all(file.get(), std::string(1 << 20, 'x') + "y"), 0);
  EXPECT_EQ(read_own_tail(path("a"), 1 << 21)->size(), (1U << 20) + 1);
  EXPECT_EQ(write_all(file.get(), ""), 0);
  EXPECT_EQ(write_all(-1, "x"), EBADF);
  const Fd full(::open("/dev/full", O_WRONLY));
  EXPECT_EQ(write_all(full.get(), "x"), ENOSPC);
}

}  // namespace
}  // namespace vigie
