#include "sources/proc/read_once.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/fd.hpp"

namespace vigie::proc {

namespace {

/// Files of records end with a line, those of strings with a NUL. Otherwise only a read of nothing says that it was
/// all.
bool ends_whole(char last) {
  return last == '\n' || last == '\0';
}

}  // namespace

int read_once(int dir_fd, const char* path, std::string& buffer, std::size_t limit) {
  buffer.clear();
  const Fd fd(::openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY));
  return fd ? read_once_fd(fd.get(), buffer, limit) : errno;
}

int read_once_fd(int fd, std::string& buffer, std::size_t limit) {
  constexpr std::size_t page = 4096;
  buffer.clear();
  std::size_t used = 0;
  while (used < limit) {
    buffer.resize(std::min(limit, used + std::max(page, used)));
    const ssize_t got = ::read(fd, buffer.data() + used, buffer.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const int error = errno;
      buffer.resize(used);
      return error;
    }
    used += static_cast<std::size_t>(got);
    if (got == 0 || (used < buffer.size() && ends_whole(buffer[used - 1]))) break;
  }
  buffer.resize(used);
  return 0;
}

}  // namespace vigie::proc
