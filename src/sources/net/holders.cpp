#include "sources/net/holders.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "base/fd.hpp"

namespace vigie::net {
namespace {

std::uint64_t number_in_brackets(std::string_view link, std::string_view kind) {
  std::uint64_t inode = 0;
  if (!link.starts_with(kind) || !link.ends_with(']')) return 0;
  const char* begin = link.data() + kind.size();
  const char* end = link.data() + link.size() - 1;
  const auto [stop, error] = std::from_chars(begin, end, inode);
  return error == std::errc{} && stop == end ? inode : 0;
}

/// Sockets among the open files of one process; false when they may not be seen.
bool add_sockets(const Root& root, pid_t pid, std::vector<SocketHolder>& holders) {
  char path[24];
  *fmt::format_to_n(path, sizeof path - 1, "{}/fd", pid).out = '\0';
  const Fd dir(::openat(root.proc(), path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!dir) return errno != EACCES && errno != EPERM;
  alignas(dirent64) char entries[16 << 10];
  ssize_t filled = 0;
  while ((filled = ::getdents64(dir.get(), entries, sizeof entries)) > 0) {
    for (ssize_t at = 0; at < filled;) {
      const auto* entry = reinterpret_cast<const dirent64*>(entries + at);
      at += entry->d_reclen;
      if (entry->d_name[0] == '.') continue;
      char link[40];  // "socket:[18446744073709551615]" fits; a longer one is no socket
      const ssize_t length = ::readlinkat(dir.get(), entry->d_name, link, sizeof link);
      if (length <= 0) continue;
      if (const std::uint64_t inode = socket_inode({link, static_cast<std::size_t>(length)}))
        holders.push_back({inode, pid});
    }
  }
  // Seen by the first call and not at the open: a process that changed its rights in between.
  return filled == 0 || (errno != EACCES && errno != EPERM);
}

}  // namespace

std::uint64_t socket_inode(std::string_view link) {
  return number_in_brackets(link, "socket:[");
}

Held find_holders(const Root& root, std::span<const pid_t> pids) {
  Held held;
  for (const pid_t pid : pids) {
    if (!add_sockets(root, pid, held.holders)) ++held.denied;
  }
  std::ranges::sort(held.holders);
  const auto twice = std::ranges::unique(held.holders);
  held.holders.erase(twice.begin(), twice.end());
  return held;
}

std::uint64_t network_of(const Root& root, const std::string& process) {
  char link[40];
  const ssize_t length = ::readlinkat(root.proc(), (process + "/ns/net").c_str(), link, sizeof link);
  return length > 0 ? number_in_brackets({link, static_cast<std::size_t>(length)}, "net:[") : 0;
}

}  // namespace vigie::net
