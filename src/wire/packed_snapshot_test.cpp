#include "wire/packed_snapshot.hpp"

#include <gtest/gtest.h>

namespace vigie::wire {
namespace {

TEST(PackedSnapshots, AHostComesBackAsItWas) {
  Snapshot snapshot;
  snapshot.host.name = "node7";
  snapshot.after.wall_ns = 5;
  for (pid_t pid = 1; pid < 500; ++pid) {
    ProcessSample& process = snapshot.processes.emplace_back();
    process.id = {pid, 7};
    process.cmdline = std::string("python3\0train.py\0", 17);
  }
  const std::string packed = pack_snapshot(snapshot);
  EXPECT_LT(packed.size(), 10'000U);
  const std::shared_ptr<Snapshot> back = unpack_snapshot(packed);
  ASSERT_NE(back, nullptr);
  EXPECT_EQ(back->host.name, "node7");
  ASSERT_EQ(back->processes.size(), 499U);
  EXPECT_EQ(back->processes.back().id, (ProcessId{499, 7}));
  EXPECT_EQ(*back->processes.back().cmdline, *snapshot.processes.back().cmdline);
}

TEST(PackedSnapshots, DamagedBytesAreNoSnapshot) {
  std::string packed = pack_snapshot({});
  EXPECT_EQ(unpack_snapshot(packed.substr(0, packed.size() / 2)), nullptr);
  packed[packed.size() / 2] ^= 0x55;
  (void)unpack_snapshot(packed);  // whatever it is taken for
  EXPECT_EQ(unpack_snapshot(""), nullptr);
  EXPECT_EQ(unpack_snapshot("no zstd at all"), nullptr);
}

}  // namespace
}  // namespace vigie::wire
