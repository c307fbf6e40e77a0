#include "sources/proc/call.hpp"

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <string>

namespace vigie::proc {
namespace {

TEST(Call, NamesEveryCallThatTheCompilerKnows) {
  EXPECT_EQ(name_of_call(SYS_read), "read");
  EXPECT_EQ(name_of_call(SYS_futex), "futex");
  EXPECT_EQ(name_of_call(SYS_clock_nanosleep), "clock_nanosleep");
  EXPECT_EQ(name_of_call(SYS_openat2), "openat2");
  EXPECT_EQ(name_of_call(-1), "");
  EXPECT_EQ(name_of_call(1 << 30), "");
}

TEST(Call, KnowsWhichArgumentIsAFile) {
  EXPECT_EQ(use_of_call("read")->descriptor, 0);
  EXPECT_EQ(use_of_call("mmap")->descriptor, 4);
  EXPECT_EQ(use_of_call("openat")->path, 1);
  EXPECT_EQ(use_of_call("openat")->directory, 0);
  EXPECT_EQ(use_of_call("write")->moves, Moves::out);
  EXPECT_EQ(use_of_call("close")->effect, Effect::closes);
  EXPECT_EQ(use_of_call("futex"), nullptr);
  EXPECT_EQ(use_of_call("poll"), nullptr);
  EXPECT_EQ(use_of_call(""), nullptr);
}

TEST(Call, ReadsTheThreeFormsOfProc5) {
  const auto call = parse_call("0 0x3 0x7ffd 0x1 0x0 0x0 0x0 0x7ffd10 0x7f1234\n");
  ASSERT_TRUE(call);
  EXPECT_EQ(call->number, 0);
  EXPECT_EQ(call->arguments[0], 3U);
  EXPECT_EQ(call->arguments[2], 1U);
  EXPECT_TRUE(parse_call("running\n")->running);
  EXPECT_EQ(parse_call("-1 0x7ffd10 0x7f1234\n")->number, -1);
}

TEST(Call, RefusesGarbage) {
  for (const char* line : {"", "\n", "run", "7", "7 3", "7 0x3 0x4", "-2 0x1 0x1", "7 0x", "7 0xzz",
                           "7 0xffffffffffffffffff 0x0", "99999999999999999999 0x1"}) {
    EXPECT_FALSE(parse_call(line)) << line;
  }
}

}  // namespace
}  // namespace vigie::proc
