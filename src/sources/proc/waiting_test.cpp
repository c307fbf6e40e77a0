#include "sources/proc/waiting.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/fd.hpp"

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

/// What a thread seems to do whose system call may not be read, as under Yama, and whose kernel function may.
OwnWait wait_in(std::string_view function) {
  char name[] = "/tmp/vigie-waiting-XXXXXX";
  EXPECT_NE(::mkdtemp(name), nullptr);
  const std::filesystem::path directory = name;
  std::filesystem::create_directory(directory / "7");
  std::ofstream(directory / "7" / "syscall") << "202 0x1 0x80 0x0 0x0 0x0 0x0 0x7ffd 0x7f12\n";
  std::ofstream(directory / "7" / "wchan") << function;
  ::chmod(name, 0755);
  ::chmod((directory / "7").c_str(), 0755);
  ::chmod((directory / "7" / "wchan").c_str(), 0444);
  ::chmod((directory / "7" / "syscall").c_str(), 0);
  const Fd tasks(::open(name, O_PATH | O_DIRECTORY | O_CLOEXEC));
  const bool root = ::geteuid() == 0;  // whom no mode keeps from reading
  EXPECT_EQ(root ? ::seteuid(65534) : 0, 0);
  std::string buffer;
  const OwnWait wait = thread_waits_for_its_own(tasks.get(), "7", buffer);
  EXPECT_EQ(root ? ::seteuid(0) : 0, 0);
  std::filesystem::remove_all(directory);
  return wait;
}

TEST(WaitsForItsOwn, WhereTheCallMayNotBeReadTheFunctionSaysPerhaps) {
  EXPECT_EQ(wait_in("futex_wait_queue"), OwnWait::perhaps);
  EXPECT_EQ(wait_in("anon_pipe_read"), OwnWait::perhaps);
  EXPECT_EQ(wait_in("do_wait"), OwnWait::perhaps);
  EXPECT_EQ(wait_in("do_sys_poll"), OwnWait::no);
  EXPECT_EQ(wait_in("0"), OwnWait::no) << "what the kernel says to whoever may not know";
}

}  // namespace
}  // namespace vigie::proc
