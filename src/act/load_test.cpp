#include "act/load.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace vigie::act {
namespace {

Result<load::Request> asked(const LoadWish& wish) {
  const Result<const load::Kind*> kind = kind_of(wish);
  RETURN_IF_ERROR(kind);
  return request_of(wish, **kind);
}

TEST(LoadWish, RatesAreCountedInWhatTheKindCounts) {
  EXPECT_DOUBLE_EQ(*asked({.kind = "cpu", .rate = "30%"})->rate, 0.3);
  EXPECT_DOUBLE_EQ(*asked({.kind = "leak", .rate = "50M/s"})->rate, 50.0 * (1 << 20));
  EXPECT_DOUBLE_EQ(*asked({.kind = "training", .rate = "20"})->rate, 20);
  for (const char* rate : {"0%", "fast", "30 %", "-1"})
    EXPECT_EQ(asked({.kind = "cpu", .rate = rate}).error().kind, ErrorKind::usage) << rate;
}

TEST(LoadWish, AnOptionThatTheKindDoesNotHaveIsNeverIgnored) {
  EXPECT_TRUE(asked({.kind = "memory", .size = "8M"}));
  EXPECT_EQ(asked({.kind = "zombie", .size = "8M"}).error().kind, ErrorKind::usage);
  EXPECT_EQ(asked({.kind = "memory", .cpus = 2}).error().kind, ErrorKind::usage);
}

TEST(LoadWish, ItsTimeIsBounded) {
  EXPECT_DOUBLE_EQ(asked({.kind = "cpu"})->seconds, 60);
  EXPECT_TRUE(asked({.kind = "cpu", .duration = "24h"}));
  EXPECT_FALSE(asked({.kind = "cpu", .duration = "25h"}));
  EXPECT_FALSE(asked({.kind = "cpu", .duration = "0"}));
}

TEST(LoadWish, AMisspeltKindIsOfferedTheNearestOne) {
  EXPECT_EQ(kind_of({.kind = "memry"}).error().kind, ErrorKind::usage);
  EXPECT_TRUE(kind_of({.kind = "memry"}).error().message.contains("memory"));
}

TEST(LoadWish, ARiddleStandsForWhatItsVariableSays) {
  ::setenv("LOAD_RIDDLE", "cpu --rate 20% --count 3", 1);
  const Result<LoadWish> meant = what_is_meant({.kind = "riddle", .duration = "5s"});
  ::unsetenv("LOAD_RIDDLE");
  ASSERT_TRUE(meant);
  EXPECT_EQ(meant->kind, "cpu");
  EXPECT_EQ(meant->rate, "20%");
  EXPECT_EQ(meant->count, 3U);
  EXPECT_EQ(meant->duration, "5s");
  EXPECT_EQ(what_is_meant({.kind = "riddle"}).error().kind, ErrorKind::usage);
}

TEST(LoadWish, ARiddleMayHaveASizeAndItsUnknownWordsMeanNothing) {
  ::setenv("LOAD_RIDDLE", "memory --size 8M --colour red", 1);
  const Result<LoadWish> meant = what_is_meant({.kind = "riddle"});
  ::unsetenv("LOAD_RIDDLE");
  ASSERT_TRUE(meant);
  EXPECT_EQ(meant->kind, "memory");
  EXPECT_EQ(meant->size, "8M");
  EXPECT_EQ(what_is_meant({.kind = "cpu"})->kind, "cpu") << "what is no riddle is meant as it is said";
}

TEST(LoadWish, AWordThatIsNoNumberIsRefusedWithItsOption) {
  EXPECT_EQ(asked({.kind = "memory", .size = "much"}).error().kind, ErrorKind::usage);
  EXPECT_EQ(asked({.kind = "cpu", .duration = "soon"}).error().kind, ErrorKind::usage);
  EXPECT_EQ(asked({.kind = "leak", .rate = "much"}).error().kind, ErrorKind::usage);
  EXPECT_EQ(asked({.kind = "training", .rate = "20%"}).error().message, "--rate wants steps a second, not 20%");
}

}  // namespace
}  // namespace vigie::act
