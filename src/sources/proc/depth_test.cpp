#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sources/proc/limits.hpp"
#include "sources/proc/mappings.hpp"
#include "sources/proc/open_files.hpp"

namespace vigie::proc {
namespace {

std::vector<Mapping> parse(std::string_view text) {
  std::vector<Mapping> mappings;
  parse_mappings(text, mappings);
  return mappings;
}

TEST(Layout, IsOfTheLargePartsByKindAndFile) {
  const auto mappings = parse(
      "55000000-55400000 rw-p 00000000 00:00 0                                  [heap]\n"
      "7f0000000000-7f0000200000 rw-p 00000000 00:00 0 \n"
      "7f0000300000-7f0000400000 rw-p 00000000 00:00 0 \n"
      "7f0010000000-7f0014000000 ---p 00000000 00:00 0 \n"
      "7f0020000000-7f0021000000 r--s 00000000 fe:00 42                         /data/set\n"
      "7f0030000000-7f0030001000 r--p 00000000 fe:00 43                         /etc/locale\n");
  const std::vector<MappedPart> parts = large_parts(mappings);
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts[0].path, "/data/set");
  EXPECT_EQ(parts[0].bytes, 16U << 20U);
  EXPECT_EQ(parts[1].kind, MappingKind::heap);
  EXPECT_EQ(parts[2].kind, MappingKind::anonymous);
  EXPECT_EQ(parts[2].bytes, 3U << 20U) << "addresses that are only reserved do not count";
}

TEST(FdInfo, PositionIsDecimalAndFlagsAreOctal) {
  const FdInfo info = parse_fdinfo("pos:\t1234\nflags:\t0102001\nmnt_id:\t29\n");
  EXPECT_EQ(*info.position, 1234U);
  EXPECT_EQ(*info.flags, 0102001U);
}

TEST(FdInfo, GarbageIsUnknownNotZero) {
  for (const char* text : {"", "pos:\n", "pos:\t-1\nflags:\t9\n", "pos:\t99999999999999999999999\n"}) {
    EXPECT_FALSE(parse_fdinfo(text).position) << text;
    EXPECT_FALSE(parse_fdinfo(text).flags) << text;
  }
}

TEST(Mappings, NamesAreUnescapedAndDeletionIsTold) {
  const auto mappings = parse(
      "7f0000000000-7f0000001000 r--s 00001000 fe:00 42                         /data/two\\012lines (deleted)\n"
      "7f0000001000-7f0000002000 rw-p 00000000 00:00 0 \n");
  ASSERT_EQ(mappings.size(), 2U);
  EXPECT_EQ(mappings[0].path, "/data/two\nlines");
  EXPECT_TRUE(mappings[0].deleted);
  EXPECT_EQ(mappings[0].inode, 42U);
  EXPECT_EQ(mappings[0].major, 0xfeU);
  EXPECT_EQ(kind_of(mappings[1]), MappingKind::anonymous);
}

TEST(Mappings, TheLinesBelowBelongToTheMappingAbove) {
  const auto mappings = parse(
      "1000-3000 rw-p 00000000 00:00 0          [heap]\n"
      "Size:                  8 kB\nRss:                   8 kB\nPss:                   6 kB\nPss_Dirty:             1 "
      "kB\n"
      "Shared_Dirty:          4 kB\nPrivate_Dirty:         4 kB\nSwap:                 12 kB\nSwapPss:               1 "
      "kB\n");
  ASSERT_EQ(mappings.size(), 1U);
  ASSERT_TRUE(mappings[0].use);
  EXPECT_EQ(mappings[0].use->rss, 8U << 10U);
  EXPECT_EQ(mappings[0].use->pss, 6U << 10U);
  EXPECT_EQ(mappings[0].use->swap, 12U << 10U);
}

TEST(Mappings, MalformedLinesAndTheirDetailsAreLeftOut) {
  EXPECT_TRUE(parse("3000-1000 rw-p 00000000 00:00 0\nRss: 8 kB\n").empty());
  EXPECT_TRUE(parse("ffffffffffffffffff-1 rw-p 0 0:0 0\n1000-2000 rw\n\n1000-2000 rw-p 0 0:0 0 cut off").empty());
  EXPECT_TRUE(parse("Rss: 8 kB\n").empty());
}

TEST(Limits, UnlimitedIsNoNumber) {
  const auto limits = parse_limits(
      "Limit                     Soft Limit           Hard Limit           Units     \n"
      "Max open files            1024                 unlimited            files     \n"
      "Max nice priority         0                    0                    \n"
      "Max cut\n");
  ASSERT_EQ(limits.size(), 2U);
  EXPECT_EQ(limits[0].name, "Max open files");
  EXPECT_EQ(*limits[0].soft, 1024U);
  EXPECT_FALSE(limits[0].hard);
  EXPECT_EQ(limits[0].unit, "files");
  EXPECT_EQ(limits[1].unit, "");
}

}  // namespace
}  // namespace vigie::proc
