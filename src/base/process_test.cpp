#include "base/process.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>

namespace vigie {
namespace {

TEST(ProcessStat, ANameMayHoldBlanksAndParentheses) {
  const auto stat = parse_process_stat(
      "7 (a) b (c) S 3 4 7 0 7 4194560 1 0 0 0 1 2 0 0 20 0 1 0 98765 8192 1 18446744073709551615 1 1 0\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->comm, "a) b (c");
  EXPECT_EQ(stat->state, 'S');
  EXPECT_EQ(stat->parent, 3);
  EXPECT_EQ(stat->group, 4);
  EXPECT_EQ(stat->foreground, 7);
  EXPECT_EQ(stat->start_ticks, 98765U);
}

TEST(ProcessStat, ALineThatIsCutShortIsNone) {
  for (const char* line :
       {"", "7", "7 (a", "7 (a)", "7 (a) S", "7 (a) S 3 7 7", "7 (a) S 3 7 7 0 8 4", ")(", "7 )a( S 3"})
    EXPECT_FALSE(parse_process_stat(line)) << line;
}

TEST(ProcessStat, ThereIsNoProcessZero) {
  EXPECT_FALSE(stat_of_process(0));
  EXPECT_FALSE(stat_of_process(-1));
  EXPECT_EQ(stat_of_process(::getpid())->parent, ::getppid());
}

TEST(ProcessStat, WhatIsToldAndWhatIsNot) {
  ProcessStat stat;
  EXPECT_EQ(read_process_stat(::getpid(), stat), 0);
  EXPECT_EQ(stat.group, ::getpgrp());
  EXPECT_EQ(stat.state, 'R');
  EXPECT_EQ(read_process_stat(1, stat), 0) << "init is a process";
  EXPECT_EQ(read_process_stat(0, stat), ESRCH);
  EXPECT_EQ(read_process_stat(1 << 22, stat), ESRCH) << "beyond any pid that there is";
  EXPECT_TRUE(proc_is_of_this_namespace());
}

}  // namespace
}  // namespace vigie
