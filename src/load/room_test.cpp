#include "load/room.hpp"

#include <gtest/gtest.h>

namespace vigie::load {
namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20;
constexpr std::uint64_t gib = std::uint64_t{1} << 30;

Room room_of(std::uint64_t total, std::uint64_t available) {
  return {.memory_total = total, .memory_available = available, .cpus = 4, .tasks = std::uint64_t{1000}};
}

TEST(Room, TakesWhatIsUsualWhereThereIsPlenty) {
  EXPECT_EQ(bounded_memory({}, gib, room_of(64 * gib, 60 * gib)).value(), gib);
}

TEST(Room, TakesAQuarterByDefaultWhereThereIsLittle) {
  EXPECT_EQ(bounded_memory({}, gib, room_of(4 * gib, 2 * gib)).value(), gib / 2);
}

TEST(Room, RefusesMoreThanThreeQuarters) {
  EXPECT_TRUE(bounded_memory(6 * gib, gib, room_of(64 * gib, 8 * gib)).has_value());
  const Result<std::uint64_t> refused = bounded_memory(6 * gib + 1, gib, room_of(64 * gib, 8 * gib));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::failed);
  EXPECT_EQ(refused.error().message,
            "refusing to take 6.0G of the memory: 8.0G are available, and 6.0G is the most that leaves the others "
            "enough; give --size less");
}

TEST(Room, LeavesTheLeastThatMustBeLeft) {
  // Of 1 GiB available three quarters would leave 256 MiB of a host that wants 512.
  EXPECT_FALSE(bounded_memory(700 * mib, gib, room_of(64 * gib, gib)).has_value());
  EXPECT_TRUE(bounded_memory(512 * mib, gib, room_of(64 * gib, gib)).has_value());
  EXPECT_FALSE(bounded_memory({}, gib, room_of(64 * gib, 500 * mib)).has_value());
}

TEST(Room, ASmallContainerIsAMachineToo) {
  EXPECT_EQ(bounded_memory({}, gib, room_of(256 * mib, 200 * mib)).value(), 50 * mib);
}

TEST(Room, RefusesWhatItCannotJudge) {
  EXPECT_FALSE(bounded_memory({}, gib, Room{}).has_value());
}

TEST(Room, IsShortOnlyWhenItIsKnownToBe) {
  EXPECT_FALSE(memory_is_short(Room{}));
  EXPECT_FALSE(memory_is_short(room_of(64 * gib, gib)));
  EXPECT_TRUE(memory_is_short(room_of(64 * gib, 511 * mib)));
}

TEST(Room, NothingIsAMisunderstanding) {
  EXPECT_EQ(bounded_memory(std::uint64_t{0}, gib, room_of(gib, gib)).error().kind, ErrorKind::usage);
  EXPECT_EQ(bounded_tasks(0U, 5, Room{}).error().kind, ErrorKind::usage);
  EXPECT_EQ(bounded_cpus(0U, Room{}).error().kind, ErrorKind::usage);
}

TEST(Room, ThreadsAndCpusAreBounded) {
  EXPECT_EQ(bounded_tasks({}, 200, room_of(gib, gib)).value(), 200U);
  EXPECT_TRUE(bounded_tasks(750U, 200, room_of(gib, gib)).has_value());
  EXPECT_FALSE(bounded_tasks(751U, 200, room_of(gib, gib)).has_value());
  EXPECT_TRUE(bounded_cpus(4U, room_of(gib, gib)).has_value());
  EXPECT_FALSE(bounded_cpus(5U, room_of(gib, gib)).has_value());
  EXPECT_EQ(
      bounded_cpus(1U, {.memory_total = gib, .memory_available = gib, .cpus = 0.5, .tasks = Presence::unknown}).value(),
      1U);
}

}  // namespace
}  // namespace vigie::load
