#include "sources/proc/waiting.hpp"

#include <sys/syscall.h>

#include <gtest/gtest.h>

namespace vigie::proc {
namespace {

CallLine call(long number, std::uint64_t second, std::uint64_t fourth) {
  CallLine line;
  line.number = number;
  line.arguments = {1, second, 3, fourth, 5, 6};
  return line;
}

constexpr std::uint64_t wait_private = 0 | 128;       // FUTEX_WAIT | FUTEX_PRIVATE_FLAG
constexpr std::uint64_t wait_bitset = 9 | 128 | 256;  // FUTEX_WAIT_BITSET on the real-time clock
constexpr std::uint64_t address = 0x7ffd1000;         // of a struct timespec

TEST(WaitsForItsOwn, ALockWithoutATimeLimitCanOnlyBeGivenBackInside) {
  EXPECT_TRUE(waits_for_its_own(call(SYS_futex, wait_private, 0)));
  EXPECT_TRUE(waits_for_its_own(call(SYS_futex, wait_bitset, 0)));
  EXPECT_TRUE(waits_for_its_own(call(SYS_wait4, 0, 0)));
}

TEST(WaitsForItsOwn, WithATimeLimitItGoesOnByItself) {
  EXPECT_FALSE(waits_for_its_own(call(SYS_futex, wait_private, address)));
  EXPECT_FALSE(waits_for_its_own(call(SYS_futex, wait_bitset, address)));
}

TEST(WaitsForItsOwn, FilesAndTimersAreTheWorldOutside) {
  EXPECT_FALSE(waits_for_its_own(call(SYS_read, 0, 0)));
  EXPECT_FALSE(waits_for_its_own(call(SYS_epoll_wait, 0, 0)));
  EXPECT_FALSE(waits_for_its_own(call(SYS_clock_nanosleep, 0, 0)));
  EXPECT_FALSE(waits_for_its_own(call(-1, 0, 0)));
}

TEST(WaitsForItsOwn, NetworkFileSystemsByTheirFunctions) {
  EXPECT_TRUE(is_of_network_file_system("rpc_wait_bit_killable"));
  EXPECT_TRUE(is_of_network_file_system("nfs4_wait_clnt_recover"));
  EXPECT_FALSE(is_of_network_file_system("folio_wait_bit_common"));
  EXPECT_FALSE(is_of_network_file_system(""));
}

}  // namespace
}  // namespace vigie::proc
