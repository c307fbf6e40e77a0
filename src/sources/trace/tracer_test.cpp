#include "sources/trace/tracer.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>
#include <string>

#include "sources/proc/stat.hpp"
#include "sources/trace/file_names.hpp"
#include "sources/trace/seize.hpp"

namespace vigie::trace {
namespace {

proc::StateAndStart stat_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  return proc::parse_state(std::string(std::istreambuf_iterator<char>(file), {}));
}

/// How often a process gave up its CPU to wait.
std::uint64_t switches_of(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  constexpr std::string_view name = "voluntary_ctxt_switches:";
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name)) return std::stoull(line.substr(name.size()));
  }
  return 0;
}

TEST(WhyRefused, SaysWhoAndWhatToDo) {
  const auto has = [](const Refused& facts, std::string_view part) {
    const std::string why = why_refused(facts);
    EXPECT_NE(why.find(part), std::string::npos) << why;
  };
  has({.pid = 5, .tracer = 9, .tracer_name = "g\ndb"}, "process 5 is traced by process 9 (g\\ndb) already");
  has({.pid = 2, .tracer_name = {}, .kernel_thread = true, .root = true}, "kernel thread");
  has({.pid = 5, .tracer_name = {}}, "belongs to another user");
  has({.pid = 5, .tracer_name = {}, .own = true, .yama = 1}, "sysctl kernel.yama.ptrace_scope=0");
  has({.pid = 5, .tracer_name = {}, .own = true, .yama = 2}, "to root (CAP_SYS_PTRACE) only");
  has({.pid = 5, .tracer_name = {}, .own = true, .root = true, .yama = 3}, "until the next boot");
  has({.pid = 5, .tracer_name = {}, .own = true}, "setuid");
  has({.pid = 5, .tracer_name = {}, .root = true}, "container");
}

TEST(ReadPath, StopsAtTheNulAndBeforeMemoryThatIsNotThere) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* const both = ::mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(both, MAP_FAILED);
  ASSERT_EQ(::munmap(static_cast<char*>(both) + page, page), 0);
  char* const last = static_cast<char*>(both) + page - 4;
  std::copy_n("abc", 4, last);
  const auto address = reinterpret_cast<std::uint64_t>(last);
  const std::string text = read_path(::getpid(), address);
  if (text.empty()) GTEST_SKIP() << "process_vm_readv is not allowed here";
  EXPECT_EQ(text, "abc");
  last[3] = 'd';  // no NUL before the end
  EXPECT_EQ(read_path(::getpid(), address), "abcd");
  EXPECT_EQ(read_path(::getpid(), 0), "");
  EXPECT_EQ(read_path(::getpid(), reinterpret_cast<std::uint64_t>(both) + page), "");
  const std::string long_path(10'000, 'x');
  EXPECT_EQ(read_path(::getpid(), reinterpret_cast<std::uint64_t>(long_path.data())), std::string(4095, 'x'));
  ::munmap(both, page);
}

/// A child that begins when it is told to; nothing but system calls, for it is the fork of a program with sanitizers.
TEST(Trace, CountsExactlyWhatAChildDoes) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::close(ends[1]);
    char byte = 0;
    ::syscall(SYS_read, ends[0], &byte, 1);
    for (int index = 0; index < 300; ++index) ::syscall(SYS_getppid);
    for (int index = 0; index < 7; ++index) ::syscall(SYS_openat, AT_FDCWD, "/no such", O_RDONLY);
    ::syscall(SYS_exit_group, 3);
  }
  ::close(ends[0]);
  while (stat_of(child).state != 'S') ::usleep(1000);
  const ProcessId id{child, stat_of(child).start_ticks};
  const std::uint64_t before = switches_of(child);
  const pid_t helper = ::fork();
  if (helper == 0) {
    // It waits again, once the tracer has stopped it, when it gave up its CPU twice more.
    while (switches_of(child) < before + 2) ::usleep(1000);
    ::_exit(::write(ends[1], "x", 1) == 1 ? 0 : 1);
  }
  const Result<Root> root = Root::open();
  const Result<CallTrace> trace = trace_calls(*root, std::span(&id, 1), 20);
  ::close(ends[1]);
  if (!trace && trace.error().kind == ErrorKind::denied) GTEST_SKIP() << trace.error().message;
  ASSERT_TRUE(trace) << trace.error().message;
  const auto calls = [&](std::string_view name) {
    const auto found = std::ranges::find(trace->calls, name, &TracedCall::name);
    return found == trace->calls.end() ? std::uint64_t{0} : found->calls;
  };
  EXPECT_EQ(calls("getppid"), 300U);
  EXPECT_EQ(calls("openat"), 7U);
  EXPECT_EQ(calls("exit_group"), 1U);
  const auto file = std::ranges::find(trace->files, "/no such", &TracedFile::path);
  ASSERT_NE(file, trace->files.end());
  EXPECT_EQ(file->errors, 7U);
}

TEST(Trace, SaysThatAProcessIsGone) {
  const Result<Root> root = Root::open();
  const ProcessId none{1, 12345};  // of another start time
  const Result<CallTrace> trace = trace_calls(*root, std::span(&none, 1), 1);
  ASSERT_FALSE(trace);
  EXPECT_EQ(trace.error().kind, ErrorKind::no_target);
}

}  // namespace
}  // namespace vigie::trace
