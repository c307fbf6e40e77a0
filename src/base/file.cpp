#include "base/file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/fd.hpp"

namespace vigie {
int read_open_file(int fd, std::string& buffer, std::size_t limit) {
  buffer.clear();
  std::size_t used = 0;
  while (used < limit) {
    // Not the whole capacity: a buffer that once held a large file would be zeroed whole for each small one.
    const std::size_t room = std::max<std::size_t>(4096, used);
    buffer.resize(std::min(limit, used + room));
    const ssize_t got = ::read(fd, buffer.data() + used, buffer.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const int error = errno;
      buffer.resize(used);
      return error;
    }
    used += static_cast<std::size_t>(got);
    if (got == 0) break;
  }
  buffer.resize(used);
  return 0;
}

int read_file(int dir_fd, const char* path, std::string& buffer, std::size_t limit) {
  buffer.clear();
  const Fd fd(::openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY));
  return fd ? read_open_file(fd.get(), buffer, limit) : errno;
}

Result<std::string> read_whole_file(const std::string& path, std::size_t limit) {
  std::string content;
  if (const int error = read_file(AT_FDCWD, path.c_str(), content, limit))
    return fail_errno("cannot read " + path, error);
  return content;
}

int write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t put = ::write(fd, content.data(), content.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return errno;
    content.remove_prefix(static_cast<std::size_t>(put));
  }
  return 0;
}

Result<void> replace_file(int dir_fd, const std::string& name, std::string_view content) {
  // The process id keeps two writers (a shim and the client that created the run) from sharing one temporary file.
  const std::string temporary = name + ".new." + std::to_string(::getpid());
  const Fd fd(::openat(dir_fd, temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return fail_errno("cannot create " + temporary, errno);
  int error = write_all(fd.get(), content);
  if (error == 0 && ::fsync(fd.get()) != 0) error = errno;
  if (error == 0 && ::renameat(dir_fd, temporary.c_str(), dir_fd, name.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlinkat(dir_fd, temporary.c_str(), 0);
    return fail_errno("cannot write " + name, error);
  }
  ::fsync(dir_fd);  // O_PATH directories and some network file systems refuse: the rename itself has happened
  return {};
}

}  // namespace vigie
