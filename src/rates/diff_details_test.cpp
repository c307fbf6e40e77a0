#include "rates/diff_details.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace vigie {
namespace {

OpenFile file(int fd, std::uint64_t position, std::uint64_t inode = 7) {
  OpenFile one;
  one.hold = Hold::descriptor;
  one.fd = fd;
  one.path = "/data/a";
  one.device = 1;
  one.inode = inode;
  one.position_bytes = position;
  return one;
}

Snapshot at(int seconds, std::vector<OpenFile> files) {
  Snapshot snapshot;
  snapshot.before.boot_ns = seconds * nanoseconds_per_second;
  snapshot.details.emplace_back().id = {10, 1};
  snapshot.details[0].files = std::move(files);
  return snapshot;
}

Reading<double> speed(const Snapshot& before, const Snapshot& after) {
  Delta delta;
  diff_details(&before, after, delta);
  return delta.details.at(0).position_bytes_per_second.at(0);
}

TEST(FilePositions, MoveAsFastAsTheFileIsRead) {
  EXPECT_EQ(speed(at(0, {file(2, 0), file(3, 100), file(4, 0)}), at(2, {file(3, 500)})), 200.0);
  EXPECT_EQ(speed(at(0, {file(3, 100)}), at(2, {file(3, 100)})), 0.0);
  EXPECT_EQ(speed(at(0, {file(3, 100)}), at(2, {file(3, 99)})).presence(), Presence::went_backwards);
  EXPECT_EQ(speed(at(0, {file(3, 100)}), at(0, {file(3, 200)})).presence(), Presence::unknown) << "no time has passed";
}

TEST(FilePositions, AnotherFileBehindTheSameNumberIsSeenForTheFirstTime) {
  const Snapshot before = at(0, {file(3, 100)});
  EXPECT_EQ(speed(before, at(1, {file(3, 200, 8)})).presence(), Presence::first_sight);
  OpenFile renamed = file(3, 200), moved = renamed;
  renamed.path = "/data/b";
  EXPECT_EQ(speed(before, at(1, {renamed})).presence(), Presence::first_sight);
  moved.device = 2;
  EXPECT_EQ(speed(before, at(1, {moved})).presence(), Presence::first_sight);
  EXPECT_EQ(speed(before, at(1, {file(4, 200)})).presence(), Presence::first_sight);
  OpenFile untold = file(3, 0);
  untold.position_bytes = Presence::denied;
  EXPECT_EQ(speed(at(0, {untold}), at(1, {file(3, 200)})).presence(), Presence::first_sight);
  EXPECT_EQ(speed(before, at(1, {untold})).presence(), Presence::denied);
  Delta alone;
  diff_details(nullptr, at(1, {file(3, 200)}), alone);
  EXPECT_EQ(alone.details.at(0).position_bytes_per_second.at(0).presence(), Presence::first_sight);
}

Mapping mapping(std::uint64_t start, Reading<std::uint64_t> rss) {
  Mapping one;
  one.start = start;
  one.end = start + 4096;
  if (rss) {
    one.use = MappingUse{.rss = *rss, .pss = *rss};
  } else {
    one.use = rss.presence();
  }
  return one;
}

Snapshot with_mappings(std::vector<Mapping> mappings) {
  Snapshot snapshot = at(0, {});
  snapshot.details[0].mappings = std::move(mappings);
  return snapshot;
}

Reading<std::int64_t> growth(const Snapshot* before, const Snapshot& after) {
  Delta delta;
  diff_details(before, after, delta);
  return delta.details.at(0).rss_growth_bytes.at(0);
}

Reading<std::int64_t> growth_of_all(const Snapshot* before, const Snapshot& after) {
  Delta delta;
  diff_details(before, after, delta);
  return delta.rss_growth_bytes[static_cast<std::size_t>(MappingKind::anonymous)];
}

TEST(MappingGrowth, IsOfTheOneThatBeginsThere) {
  const Snapshot before = with_mappings({mapping(0, 50), mapping(8192, 100)});
  EXPECT_EQ(growth(&before, with_mappings({mapping(8192, 130)})), 30);
  EXPECT_EQ(growth(&before, with_mappings({mapping(8192, 70)})), -30);
  EXPECT_EQ(growth(&before, with_mappings({mapping(4096, 70)})), 70) << "a new one has grown by all it has";
  EXPECT_EQ(growth(nullptr, with_mappings({mapping(8192, 70)})).presence(), Presence::first_sight);
  EXPECT_EQ(growth(&before, with_mappings({mapping(8192, Presence::denied)})).presence(), Presence::denied);
  const Snapshot unread = with_mappings({mapping(8192, Presence::denied)});
  EXPECT_EQ(growth(&unread, with_mappings({mapping(8192, 70)})).presence(), Presence::first_sight);
}

TEST(MappingGrowth, OfAKindIsOfAllOfIt) {
  const Snapshot before = with_mappings({mapping(0, 50), mapping(8192, 100)});
  EXPECT_EQ(growth_of_all(&before, with_mappings({mapping(0, 10), mapping(8192, 100), mapping(16384, 5)})), -35);
  const Snapshot none = with_mappings({});
  EXPECT_EQ(growth_of_all(&none, before), 150) << "of which there was none";
  EXPECT_EQ(growth_of_all(nullptr, before).presence(), Presence::first_sight);
  const Snapshot unread = at(0, {});
  EXPECT_EQ(growth_of_all(&unread, before).presence(), Presence::first_sight);
  const Snapshot denied = with_mappings({mapping(0, Presence::denied)});
  EXPECT_EQ(growth_of_all(&before, denied).presence(), Presence::denied);
  EXPECT_EQ(growth_of_all(&denied, before).presence(), Presence::denied);
}

}  // namespace
}  // namespace vigie
