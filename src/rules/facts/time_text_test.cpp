#include "rules/facts/time_text.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace vigie::rules {
namespace {

TEST(TimeText, HowSureItIsIsSaidWhereItIsNot) {
  EXPECT_EQ(time_text({.seconds = 100, .earliest = 80, .latest = 120}), "about 1:40") << "a fifth more or less";
  EXPECT_EQ(time_text({.seconds = 100, .earliest = 79, .latest = 120}), "about 1:40 (1:19 to 2:00)");
  EXPECT_EQ(time_text({.seconds = 100, .earliest = 80, .latest = 121}), "about 1:40 (1:20 to 2:01)");
  EXPECT_EQ(time_text({.seconds = 100, .earliest = 80, .latest = std::numeric_limits<double>::infinity()}),
            "about 1:40 (not before 1:20; it may stop)");
}

}  // namespace
}  // namespace vigie::rules
