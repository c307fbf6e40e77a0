#include "model/mapping.hpp"

#include <gtest/gtest.h>

namespace vigie {
namespace {

Mapping anonymous(std::uint64_t start, std::uint64_t bytes, std::uint64_t rss) {
  Mapping mapping;
  mapping.start = start;
  mapping.end = start + bytes;
  mapping.permissions[0] = 'r';
  mapping.permissions[1] = 'w';
  mapping.use = MappingUse{.rss = rss, .pss = rss / 2};
  return mapping;
}

Mapping segment(std::uint64_t inode, std::uint64_t rss) {
  Mapping mapping = anonymous(0x1000, rss, rss);
  mapping.permissions[3] = 's';
  mapping.path = "/dev/shm/torch_" + std::to_string(inode);
  mapping.inode = inode;
  return mapping;
}

const MappingTotal& of(const MappingTotals& totals, MappingKind kind) {
  return totals[static_cast<std::size_t>(kind)];
}

TEST(MappingTotals, EachKindIsAddedUp) {
  const std::vector<Mapping> one = {anonymous(0, 4096, 100), anonymous(8192, 8192, 50)};
  const MappingTotals totals = totals_of({&one});
  const MappingTotal& total = of(totals, MappingKind::anonymous);
  EXPECT_EQ(total.mappings, 2U);
  EXPECT_EQ(total.size, 12288U);
  EXPECT_EQ(total.use->rss, 150U);
  EXPECT_EQ(total.once, 75U);
  EXPECT_EQ(total.use->pss, 75U);
  EXPECT_EQ(of(totals, MappingKind::heap).mappings, 0U);
}

TEST(MappingTotals, ASegmentOfSeveralProcessesCountsOnce) {
  const std::vector<Mapping> one = {segment(7, 1000)}, two = {segment(7, 400), segment(8, 10)};
  const MappingTotal total = of(totals_of({&one, &two}), MappingKind::shared_memory);
  EXPECT_EQ(total.mappings, 3U);
  EXPECT_EQ(total.use->rss, 1410U);
  EXPECT_EQ(total.once, 1010U) << "the largest share of each";
}

TEST(MappingTotals, WhatCouldNotBeReadIsNotZeroAndDoesNotHideTheRest) {
  Mapping denied = anonymous(0, 4096, 0);
  denied.use = Presence::denied;
  const std::vector<Mapping> unread = {denied}, both = {denied, anonymous(8192, 4096, 30)};
  EXPECT_EQ(of(totals_of({&unread}), MappingKind::anonymous).use.presence(), Presence::denied);
  const MappingTotal total = of(totals_of({&both}), MappingKind::anonymous);
  ASSERT_TRUE(total.use);
  EXPECT_EQ(total.use->rss, 30U);
  EXPECT_EQ(total.mappings, 2U);
}

TEST(MappingKinds, ByWhatTheyAreOf) {
  const auto kind = [](std::string_view path, char third = '-', char fourth = 'p') {
    Mapping mapping = anonymous(0, 4096, 0);
    mapping.path = path;
    mapping.permissions[2] = third;
    mapping.permissions[3] = fourth;
    return kind_of(mapping);
  };
  EXPECT_EQ(kind(""), MappingKind::anonymous);
  EXPECT_EQ(kind("[anon:glibc]"), MappingKind::anonymous);
  EXPECT_EQ(kind("[heap]"), MappingKind::heap);
  EXPECT_EQ(kind("[stack]"), MappingKind::stack);
  EXPECT_EQ(kind("[vdso]"), MappingKind::special);
  EXPECT_EQ(kind("/dev/shm/torch_1"), MappingKind::shared_memory);
  EXPECT_EQ(kind("/memfd:a (deleted)"), MappingKind::shared_memory);
  EXPECT_EQ(kind("/dev/zero"), MappingKind::shared_memory);
  EXPECT_EQ(kind("/run/shm/a", '-', 's'), MappingKind::shared_memory);
  EXPECT_EQ(kind("/run/shm/a"), MappingKind::file);
  EXPECT_EQ(kind("/dev/nvidia0"), MappingKind::device);
  EXPECT_EQ(kind("/usr/bin/python3", 'x'), MappingKind::code);
  EXPECT_EQ(kind("/usr/lib/libc.so.6"), MappingKind::code);
  EXPECT_EQ(kind("/usr/lib/_C.cpython-311.so"), MappingKind::code);
  EXPECT_EQ(kind("/data.so.1/set.bin"), MappingKind::file) << "its name counts, not its directory's";
}

TEST(LargeParts, OfAMebibyteAndMoreTheLargestFirst) {
  Mapping reserved = anonymous(0, 64 << 20, 0);
  reserved.permissions[0] = reserved.permissions[1] = '-';
  Mapping file = anonymous(0, 3 << 20, 0), other = file;
  file.path = "/data/a";
  other.path = "/data/b";
  Mapping heap = anonymous(0, (1 << 20) - 1, 0);
  heap.path = "[heap]";
  const std::vector<MappedPart> parts =
      large_parts({anonymous(0, 1 << 20, 0), file, reserved, anonymous(2 << 20, 1 << 20, 0), other, file, heap});
  ASSERT_EQ(parts.size(), 3U) << "neither what is reserved nor a heap of less";
  EXPECT_EQ(parts[0].path, "/data/a");
  EXPECT_EQ(parts[0].bytes, 6U << 20);
  EXPECT_EQ(parts[1].path, "/data/b");
  EXPECT_EQ(parts[2].bytes, 2U << 20) << "all anonymous memory is one part";
}

TEST(MappingTotals, TheSumIsOfAllKinds) {
  const std::vector<Mapping> one = {anonymous(0, 4096, 100), segment(7, 60)};
  const MappingTotal sum = sum_of(totals_of({&one}));
  EXPECT_EQ(sum.mappings, 2U);
  EXPECT_EQ(sum.size, 4156U);
  EXPECT_EQ(sum.use->rss, 160U);
  EXPECT_EQ(sum.once, 110U);
  EXPECT_FALSE(sum_of(MappingTotals{}).use);
}

}  // namespace
}  // namespace vigie
