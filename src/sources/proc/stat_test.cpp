#include "sources/proc/stat.hpp"

#include <gtest/gtest.h>

namespace vigie::proc {
namespace {

constexpr std::string_view numbers =
    " S 1 10 10 34816 10 4194304 100 0 7 0 250 50 0 0 20 5 3 0 4711 1000000 25 18446744073709551615 1 1 0 0 0 0 0 0 0 "
    "0 0 0 17 "
    "0 0 0 0 0 0 0 0 0 0 0 0 0 0\n";

TEST(Stat, ReadsTheFieldsOfProc5) {
  ProcessSample process;
  ASSERT_TRUE(parse_stat("10 (python3)" + std::string(numbers), process));
  EXPECT_EQ(process.comm, "python3");
  EXPECT_EQ(process.state, 'S');
  EXPECT_EQ(process.ppid, 1);
  EXPECT_EQ(process.major_faults, 7U);
  EXPECT_EQ(process.user_ticks, 250U);
  EXPECT_EQ(process.system_ticks, 50U);
  EXPECT_EQ(process.nice, 5);
  EXPECT_EQ(process.threads, 3U);
  EXPECT_EQ(process.id.start_ticks, 4711U);
}

TEST(Stat, ANameWithParenthesesAndNewlinesIsParsedRight) {
  for (const std::string comm : {") R 1 (", "a\nb", "((", "))", "\x1b[31m", "\xff\xfe", ""}) {
    ProcessSample process;
    ASSERT_TRUE(parse_stat("10 (" + comm + ")" + std::string(numbers), process)) << comm;
    EXPECT_EQ(process.comm, comm);
    EXPECT_EQ(process.ppid, 1);
    EXPECT_EQ(parse_state("10 (" + comm + ")" + std::string(numbers)).start_ticks, 4711U);
  }
}

TEST(Stat, ACutLineIsRefused) {
  const std::string whole = "10 (x)" + std::string(numbers);
  ProcessSample process;
  for (std::size_t length = 0; length < 60; ++length)
    EXPECT_FALSE(parse_stat(whole.substr(0, length), process)) << length;
}

TEST(Stat, InDepthWhoHasTheTerminalAndWhatChildrenUsed) {
  const StatInDepth found =
      parse_stat_in_depth("42 (a) b) S 1 42 42 34816 77 4194304 10 0 0 0 5 6 700 80 20 0 1 0 4711 1000 10 0");
  EXPECT_EQ(found.foreground_group, 77);
  EXPECT_EQ(found.children_ticks, 780U);
  EXPECT_EQ(parse_stat_in_depth("42 (cut").foreground_group, -1);
}

}  // namespace
}  // namespace vigie::proc
