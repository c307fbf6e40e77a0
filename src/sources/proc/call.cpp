#include "sources/proc/call.hpp"

#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace vigie::proc {
namespace {

struct Call {
  long number;
  std::string_view name;
};

/// Every call that <sys/syscall.h> of the build machine names; the list is made by cmake/system_calls.cmake.
constexpr auto calls = [] {
  auto all = std::to_array<Call>({
#define VIGIE_CALL(name) {__NR_##name, #name},
#include <system_calls.inc>
#undef VIGIE_CALL
  });
  std::ranges::sort(all, {}, &Call::number);
  return all;
}();

/// One line a call, in the order of their names. Which argument is what: the manual page of each, section 2.
constexpr auto uses = std::to_array<CallUse>({
    {.name = "accept", .descriptor = 0, .effect = Effect::opens},
    {.name = "accept4", .descriptor = 0, .effect = Effect::opens},
    {.name = "access", .path = 0},
    {.name = "bind", .descriptor = 0},
    {.name = "chdir", .path = 0},
    {.name = "chmod", .path = 0},
    {.name = "chown", .path = 0},
    {.name = "close", .descriptor = 0, .effect = Effect::closes},
    {.name = "close_range", .effect = Effect::closes_many},
    {.name = "connect", .descriptor = 0},
    {.name = "copy_file_range", .descriptor = 0, .second = 2, .moves = Moves::across},
    {.name = "creat", .path = 0, .effect = Effect::opens},
    {.name = "dup", .descriptor = 0, .effect = Effect::opens},
    {.name = "dup2", .descriptor = 0, .effect = Effect::replaces},
    {.name = "dup3", .descriptor = 0, .effect = Effect::replaces},
    {.name = "epoll_ctl", .descriptor = 2},
    {.name = "epoll_pwait", .descriptor = 0},
    {.name = "epoll_pwait2", .descriptor = 0},
    {.name = "epoll_wait", .descriptor = 0},
    {.name = "execve", .path = 0},
    {.name = "execveat", .path = 1, .directory = 0},
    {.name = "faccessat", .path = 1, .directory = 0},
    {.name = "faccessat2", .path = 1, .directory = 0},
    {.name = "fadvise64", .descriptor = 0},
    {.name = "fallocate", .descriptor = 0},
    {.name = "fchdir", .descriptor = 0},
    {.name = "fchmod", .descriptor = 0},
    {.name = "fchmodat", .path = 1, .directory = 0},
    {.name = "fchown", .descriptor = 0},
    {.name = "fchownat", .path = 1, .directory = 0},
    {.name = "fcntl", .descriptor = 0},
    {.name = "fdatasync", .descriptor = 0},
    {.name = "fgetxattr", .descriptor = 0},
    {.name = "flock", .descriptor = 0},
    {.name = "fsetxattr", .descriptor = 0},
    {.name = "fstat", .descriptor = 0},
    {.name = "fstatfs", .descriptor = 0},
    {.name = "fsync", .descriptor = 0},
    {.name = "ftruncate", .descriptor = 0},
    {.name = "futimesat", .path = 1, .directory = 0},
    {.name = "getdents", .descriptor = 0},
    {.name = "getdents64", .descriptor = 0},
    {.name = "getpeername", .descriptor = 0},
    {.name = "getsockname", .descriptor = 0},
    {.name = "getsockopt", .descriptor = 0},
    {.name = "getxattr", .path = 0},
    {.name = "inotify_add_watch", .path = 1},
    {.name = "io_uring_enter", .descriptor = 0},
    {.name = "ioctl", .descriptor = 0},
    {.name = "lchown", .path = 0},
    {.name = "lgetxattr", .path = 0},
    {.name = "link", .path = 0},
    {.name = "linkat", .path = 1, .directory = 0},
    {.name = "listen", .descriptor = 0},
    {.name = "lseek", .descriptor = 0},
    {.name = "lstat", .path = 0},
    {.name = "mkdir", .path = 0},
    {.name = "mkdirat", .path = 1, .directory = 0},
    {.name = "mknod", .path = 0},
    {.name = "mknodat", .path = 1, .directory = 0},
    {.name = "mmap", .descriptor = 4},
    {.name = "name_to_handle_at", .path = 1, .directory = 0},
    {.name = "newfstatat", .path = 1, .directory = 0},
    {.name = "open", .path = 0, .effect = Effect::opens},
    {.name = "openat", .path = 1, .directory = 0, .effect = Effect::opens},
    {.name = "openat2", .path = 1, .directory = 0, .effect = Effect::opens},
    {.name = "pread64", .descriptor = 0, .moves = Moves::in},
    {.name = "preadv", .descriptor = 0, .moves = Moves::in},
    {.name = "preadv2", .descriptor = 0, .moves = Moves::in},
    {.name = "pwrite64", .descriptor = 0, .moves = Moves::out},
    {.name = "pwritev", .descriptor = 0, .moves = Moves::out},
    {.name = "pwritev2", .descriptor = 0, .moves = Moves::out},
    {.name = "read", .descriptor = 0, .moves = Moves::in},
    {.name = "readahead", .descriptor = 0},
    {.name = "readlink", .path = 0},
    {.name = "readlinkat", .path = 1, .directory = 0},
    {.name = "readv", .descriptor = 0, .moves = Moves::in},
    {.name = "recvfrom", .descriptor = 0, .moves = Moves::in},
    {.name = "recvmmsg", .descriptor = 0},
    {.name = "recvmsg", .descriptor = 0, .moves = Moves::in},
    {.name = "rename", .path = 0},
    {.name = "renameat", .path = 1, .directory = 0},
    {.name = "renameat2", .path = 1, .directory = 0},
    {.name = "rmdir", .path = 0},
    {.name = "sendfile", .descriptor = 1, .second = 0, .moves = Moves::across},
    {.name = "sendmmsg", .descriptor = 0},
    {.name = "sendmsg", .descriptor = 0, .moves = Moves::out},
    {.name = "sendto", .descriptor = 0, .moves = Moves::out},
    {.name = "setsockopt", .descriptor = 0},
    {.name = "setxattr", .path = 0},
    {.name = "shutdown", .descriptor = 0},
    {.name = "splice", .descriptor = 0, .second = 2, .moves = Moves::across},
    {.name = "stat", .path = 0},
    {.name = "statfs", .path = 0},
    {.name = "statx", .path = 1, .directory = 0},
    {.name = "symlink", .path = 1},
    {.name = "symlinkat", .path = 2, .directory = 1},
    {.name = "sync_file_range", .descriptor = 0},
    {.name = "syncfs", .descriptor = 0},
    {.name = "tee", .descriptor = 0, .second = 1, .moves = Moves::across},
    {.name = "truncate", .path = 0},
    {.name = "unlink", .path = 0},
    {.name = "unlinkat", .path = 1, .directory = 0},
    {.name = "utime", .path = 0},
    {.name = "utimensat", .path = 1, .directory = 0},
    {.name = "utimes", .path = 0},
    {.name = "vmsplice", .descriptor = 0},
    {.name = "write", .descriptor = 0, .moves = Moves::out},
    {.name = "writev", .descriptor = 0, .moves = Moves::out},
});
static_assert(std::ranges::is_sorted(uses, {}, &CallUse::name));

}  // namespace

std::string_view name_of_call(long number) {
  const auto* const found = std::ranges::lower_bound(calls, number, {}, &Call::number);
  return found != calls.end() && found->number == number ? found->name : std::string_view();
}

const CallUse* use_of_call(std::string_view name) {
  const auto* const found = std::ranges::lower_bound(uses, name, {}, &CallUse::name);
  return found != uses.end() && found->name == name ? found : nullptr;
}

std::optional<CallLine> parse_call(std::string_view line) {
  while (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  CallLine call;
  if (line == "running") {
    call.running = true;
    return call;
  }
  const char* const last = line.data() + line.size();
  const auto [end, error] = std::from_chars(line.data(), last, call.number);
  if (error != std::errc() || call.number < -1) return std::nullopt;
  constexpr std::string_view before_hex = " 0x";
  const char* at = end;
  // Outside of a call there are only the stack pointer and where it runs: they are not arguments.
  const std::size_t wanted = call.number < 0 ? 1 : call.arguments.size();
  for (std::size_t index = 0; index < wanted; ++index) {
    if (!std::string_view(at, static_cast<std::size_t>(last - at)).starts_with(before_hex)) return std::nullopt;
    const auto parsed = std::from_chars(at + before_hex.size(), last, call.arguments[index], 16);
    if (parsed.ec != std::errc() || (parsed.ptr != last && *parsed.ptr != ' ')) return std::nullopt;
    at = parsed.ptr;
  }
  return call;
}

}  // namespace vigie::proc
