#include "sources/proc/shared_memory.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "base/fd.hpp"
#include "sources/sys/mounts.hpp"

namespace vigie::proc {
namespace {

TEST(SharedMemory, OfAProcessInOurNamespaceIsOurs) {
  const Fd self(::open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC));
  const std::string path = "/dev/shm/torch_" + std::to_string(::getpid()) + "_1_0";
  std::ofstream(path) << std::string(1 << 20, 'x');
  const Reading<SharedMemory> found = read_shared_memory(self.get());
  ::unlink(path.c_str());
  if (found.presence() == Presence::unsupported) GTEST_SKIP() << "no tmpfs at /dev/shm";
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->same_as_ours);
  EXPECT_EQ(found->use.total_bytes, sys::ask_statvfs("/dev/shm")->total_bytes);
  const auto segment = std::ranges::find(found->segments, path, &SharedSegment::path);
  ASSERT_NE(segment, found->segments.end());
  EXPECT_EQ(segment->bytes, 1U << 20U);
  EXPECT_EQ(segment->uid, ::geteuid());
}

TEST(SharedMemory, OfAProcessThatHasNoneIsUnsupported) {
  const Fd nowhere(::open("/proc/sys", O_PATH | O_DIRECTORY | O_CLOEXEC));
  EXPECT_EQ(read_shared_memory(nowhere.get()).presence(), Presence::unsupported);
}

}  // namespace
}  // namespace vigie::proc
