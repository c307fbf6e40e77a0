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

constexpr auto on_descriptors = std::to_array<std::string_view>(
    {"accept",          "accept4",      "bind",       "close",      "connect",    "copy_file_range", "epoll_ctl",
     "epoll_pwait",     "epoll_pwait2", "epoll_wait", "fallocate",  "fcntl",      "fdatasync",       "flock",
     "fstat",           "fsync",        "ftruncate",  "getdents64", "getsockopt", "io_uring_enter",  "ioctl",
     "listen",          "lseek",        "pread64",    "preadv",     "preadv2",    "pwrite64",        "pwritev",
     "pwritev2",        "read",         "readahead",  "readv",      "recvfrom",   "recvmmsg",        "recvmsg",
     "sendfile",        "sendmmsg",     "sendmsg",    "sendto",     "setsockopt", "shutdown",        "splice",
     "sync_file_range", "syncfs",       "tee",        "vmsplice",   "write",      "writev"});
static_assert(std::ranges::is_sorted(on_descriptors));

}  // namespace

std::string_view name_of_call(long number) {
  const auto* const found = std::ranges::lower_bound(calls, number, {}, &Call::number);
  return found != calls.end() && found->number == number ? found->name : std::string_view();
}

bool takes_descriptor(std::string_view call) {
  return std::ranges::binary_search(on_descriptors, call);
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
  const std::string_view rest(end, static_cast<std::size_t>(last - end));
  if (!rest.starts_with(before_hex)) return std::nullopt;
  const auto parsed = std::from_chars(end + before_hex.size(), last, call.argument0, 16);
  if (parsed.ec != std::errc() || (parsed.ptr != last && *parsed.ptr != ' ')) return std::nullopt;
  return call;
}

}  // namespace vigie::proc
