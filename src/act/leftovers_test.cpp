// What a stop finds afterwards: files that were written, shared memory, memory of GPUs.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "act/gpu_leftovers.hpp"
#include "act/host_for_tests.hpp"
#include "act/shared_leftovers.hpp"
#include "act/written_files.hpp"

namespace vigie::act {
namespace {

/// A process that is in the directory of the test, and whose command line a test chooses.
class WrittenFilesTest : public OwnState {
 protected:
  void run(const std::string& command, const std::string& cwd) {
    const std::size_t index = host_.add(first, 1, command);
    host_.process(index).cwd = cwd;
    host_.observe("train", {index});
  }
  /// From now on what is written counts.
  WrittenFiles begin() {
    const Frame frame = host_.frame();
    const Target target = named(frame, "train");
    return {frame, target, tree_of(frame, target), fail("nothing of it is open")};
  }
  void write(const std::string& name) const {
    std::filesystem::create_directories(std::filesystem::path(directory.path(name)).parent_path());
    std::ofstream(directory.path(name)) << "checkpoint";
  }
  /// Their paths below the directory.
  [[nodiscard]] std::vector<std::string> names(const WrittenFiles& written) const {
    const std::optional<std::vector<WrittenFile>> files = written.since_start();
    EXPECT_TRUE(files);
    std::vector<std::string> found;
    for (const WrittenFile& file : files.value_or(std::vector<WrittenFile>{}))
      found.push_back(
          std::filesystem::path(file.path).lexically_relative(std::filesystem::canonical(directory.path())));
    return found;
  }
  /// Its last change was an hour ago.
  void make_old(const std::string& name) const {
    const std::filesystem::path path = directory.path(name);
    std::filesystem::last_write_time(path, std::filesystem::last_write_time(path) - std::chrono::hours(1));
  }

 private:
  MadeHost host_;
};

using Names = std::vector<std::string>;

TEST_F(WrittenFilesTest, ACheckpointInItsDirectoryIsFoundAndOneFromBeforeIsNot) {
  run("python3 train.py", directory.path());
  write("old.pt");
  make_old("old.pt");
  const WrittenFiles written = begin();
  write("ckpt/last.pt");
  EXPECT_EQ(names(written), Names{"ckpt/last.pt"});
  EXPECT_EQ(written.since_start()->front().bytes, 10U);
  EXPECT_EQ(written.since_start()->front().writer, 0) << "no process was seen to write it";
}

TEST_F(WrittenFilesTest, ItIsLookedForWhereItsCommandLineSays) {
  for (const char* place : {"a", "b", "c", "d"}) std::filesystem::create_directory(directory.path(place));
  run("python3 --ckpt=" + directory.path("a") + " --out " + directory.path("b") + " " + directory.path("c/last.pt"),
      "/nowhere");
  const WrittenFiles written = begin();
  for (const char* place : {"a/1", "b/2", "c/3", "d/4"}) write(place);
  EXPECT_EQ(names(written), (Names{"a/1", "b/2", "c/3"}));
}

TEST_F(WrittenFilesTest, ADataSetBelowIsNotWalkedThrough) {
  run("python3 train.py", directory.path());
  const WrittenFiles written = begin();
  write("1/2/3/near");
  write("1/2/3/4/far");
  EXPECT_EQ(names(written), Names{"1/2/3/near"});
}

TEST_F(WrittenFilesTest, AHomeDirectoryIsLookedAtAndNotSearched) {
  run("python3 train.py", directory.path());
  const std::string home = std::getenv("HOME") != nullptr ? std::getenv("HOME") : "";
  ::setenv("HOME", std::filesystem::canonical(directory.path()).c_str(), 1);
  const WrittenFiles written = begin();
  write("last.pt");
  write("mail/inbox");
  EXPECT_EQ(names(written), Names{"last.pt"});
  ::setenv("HOME", home.c_str(), 1);
}

TEST_F(WrittenFilesTest, OfManyFilesTheFirstAreNamed) {
  run("python3 train.py", directory.path());
  const WrittenFiles written = begin();
  for (int part = 0; part < 30; ++part) write("part-" + std::to_string(part));
  EXPECT_EQ(names(written).size(), 20U);
}

/// A process with a file open for writing.
Process holding(const std::string& path) {
  return Process([path](const Process::Ready& ready) {
    (void)::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    Process::idle(ready);
  });
}

TEST_F(WrittenFilesTest, WhatAnotherRunHasOpenInTheSameDirectoryIsItsOwn) {
  run("python3 train.py", directory.path());
  const Process other = holding(directory.path("theirs.pt"));
  const WrittenFiles written = begin();
  write("ours.pt");
  write("theirs.pt");
  EXPECT_EQ(names(written), Names{"ours.pt"});
}

TEST_F(WrittenFilesTest, ItsWriterIsNamedWhereItWasSeenWithTheFileOpen) {
  const Process writer = holding(directory.path("last.pt"));
  const Found found(writer);
  WrittenFiles written(found.frame, found.target, {writer.id()}, frame_in_depth({writer.id()}, proc::Detail::files));
  write("last.pt");
  written.look();
  const std::optional<std::vector<WrittenFile>> files = written.since_start();
  ASSERT_TRUE(files);
  const auto file = std::ranges::find_if(*files, [](const WrittenFile& one) { return one.path.ends_with("/last.pt"); });
  ASSERT_NE(file, files->end());
  EXPECT_EQ(file->writer, writer.pid());
}

/// A file in /dev/shm that is gone with the test.
struct Segment {
  explicit Segment(const std::string& name) : path("/dev/shm/" + name) { std::ofstream(path) << "shared"; }
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;
  ~Segment() { ::unlink(path.c_str()); }

  std::string path;
};

class SharedLeftoversTest : public testing::Test {
 protected:
  [[nodiscard]] SharedLeftovers of(const Result<Frame>& open) {
    const Frame frame = host.frame();
    return {frame, {{first, 1000}}, open};
  }
  static bool lists(const SharedLeftovers& shared, const Segment& segment) {
    const std::vector<SharedSegment> segments = shared.now();
    const auto found = std::ranges::find(segments, segment.path, &SharedSegment::path);
    return found != segments.end() && found->bytes == 6;
  }

  MadeHost host;
};

TEST_F(SharedLeftoversTest, WhatIsNamedAfterAProcessIsItsAndNotWhatHasItsDigitsAmongOthers) {
  const std::string pid = std::to_string(first), mark = "vigie-test-";
  const SharedLeftovers shared = of(fail("not read"));
  const Segment its(mark + pid + "_0"), longer(mark + pid + "1"), before(mark + "9" + pid), other(mark + "1");
  EXPECT_TRUE(lists(shared, its));
  EXPECT_FALSE(lists(shared, longer));
  EXPECT_FALSE(lists(shared, before));
  EXPECT_FALSE(lists(shared, other));
}

TEST_F(SharedLeftoversTest, WhatItHadOpenIsItsUnlessItWasRemoved) {
  const Segment open("vigie-test-open"), deleted("vigie-test-deleted");
  MadeHost depth;
  ProcessDetail detail;
  OpenFile file;
  file.path = open.path;
  OpenFile removed;
  removed.path = deleted.path;  // another file of that name is there now
  removed.deleted = true;
  detail.files = std::vector<OpenFile>{file, removed};
  depth.snapshot().details.push_back(detail);
  const SharedLeftovers shared = of(depth.frame());
  EXPECT_TRUE(lists(shared, open));
  EXPECT_FALSE(lists(shared, deleted));
}

TEST_F(SharedLeftoversTest, WhatIsOlderThanItsProcessesIsSomebodyElses) {
  const Segment old("vigie-test-" + std::to_string(first));
  struct statx info{};
  ASSERT_EQ(::statx(AT_FDCWD, old.path.c_str(), 0, STATX_BTIME, &info), 0);
  if ((info.stx_mask & STATX_BTIME) == 0) GTEST_SKIP() << "this kernel's tmpfs does not tell when a file was made";
  Instant& when = host.snapshot().before;
  when.boot_ns = start_boot_ns({first, 1000});
  when.wall_ns = now().wall_ns + 60 * nanoseconds_per_second;  // the process starts in a minute
  EXPECT_FALSE(lists(of(fail("not read")), old));
  when.wall_ns = now().wall_ns;
  EXPECT_TRUE(lists(of(fail("not read")), old));
}

TEST(GpuLeftovers, NoDriverIsAskedForARunThatHadNoGpu) {
  MadeHost depth;
  ProcessDetail detail;
  OpenFile file;
  file.path = "/home/nvidia0";
  detail.files = std::vector<OpenFile>{file};
  depth.snapshot().details.push_back(detail);
  const GpuMemoryLeft left = GpuLeftovers(depth.frame(), {{first, 1000}}, false).now({});
  EXPECT_TRUE(left.holds.empty());
  EXPECT_EQ(left.unknown, "");
}

TEST(GpuLeftovers, WhatHoldsNoMemoryAfterItsEndIsNotNamed) {
  GpuLeftovers gpu(fail("not read"), {{first, 1000}}, true);
  gpu.add(first + 1);
  EXPECT_TRUE(gpu.now({}).holds.empty()) << "no driver counts a process that there never was";
}

}  // namespace
}  // namespace vigie::act
