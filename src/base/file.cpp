#include "base/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace vigie {
namespace {

/// Reads up to the end, or `limit` bytes.
int read_fd(int fd, std::string& buffer, std::size_t limit) {
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

std::string_view kind_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR: return "a directory";
    case S_IFLNK: return "a symbolic link";
    case S_IFIFO: return "a FIFO";
    case S_IFSOCK: return "a socket";
    default: return "a device";
  }
}

/// ENOTSUP tells a file that is not vigie's own from one that cannot be read.
std::unexpected<Error> not_own(const std::string& path, std::string_view why, ErrorKind kind = ErrorKind::failed) {
  std::unexpected<Error> refused = fail("refusing " + path + ": " + std::string(why), kind);
  refused.error().errno_value = ENOTSUP;
  return refused;
}

/// Whether that is a file that vigie may have written for one of `owners`.
Result<void> check_own(const std::string& path, const struct stat& file, std::span<const uid_t> owners) {
  if (!S_ISREG(file.st_mode)) return not_own(path, "it is " + std::string(kind_of(file.st_mode)) + ", not a file");
  if (std::ranges::find(owners, file.st_uid) == owners.end())
    return not_own(path, "it belongs to uid " + std::to_string(file.st_uid), ErrorKind::denied);
  return {};
}

}  // namespace

int read_open_file(int fd, std::string& buffer, std::size_t limit) {
  const int error = read_fd(fd, buffer, limit);
  char more = 0;
  return error == 0 && buffer.size() == limit && ::read(fd, &more, 1) > 0 ? EFBIG : error;
}

int read_file(int dir_fd, const char* path, std::string& buffer, std::size_t limit) {
  buffer.clear();
  const Fd fd(::openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY));
  return fd ? read_open_file(fd.get(), buffer, limit) : errno;
}

int read_beginning(int dir_fd, const char* path, std::string& buffer, std::size_t limit) {
  buffer.clear();
  const Fd fd(::openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY));
  return fd ? read_fd(fd.get(), buffer, limit) : errno;
}

Result<Fd> open_regular_file(int dir_fd, const std::string& path, int flags, std::span<const uid_t> owners) {
  const std::string name = path.substr(path.rfind('/') + 1);
  struct stat there{};
  // Looked at before it is opened: to open a device may already do something.
  if (::fstatat(dir_fd, name.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0) {
    RETURN_IF_ERROR(check_own(path, there, owners));
  } else if (errno != ENOENT) {
    return fail_errno("cannot open " + path, errno);
  }
  constexpr int always = O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY;
  Fd file(::openat(dir_fd, name.c_str(), flags | always, 0600));
  if (!file || ::fstat(file.get(), &there) != 0) return fail_errno("cannot open " + path, errno);
  RETURN_IF_ERROR(check_own(path, there, owners));
  if ((flags & O_ACCMODE) != O_RDONLY) ::fcntl(file.get(), F_SETFL, flags);  // a hook may get it
  return file;
}

Result<Fd> open_own_file(const std::string& path, int flags) {
  const std::size_t slash = path.rfind('/');
  const std::string in = slash == std::string::npos ? "." : path.substr(0, slash + (slash == 0 ? 1 : 0));
  const Fd dir(::open(in.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat directory{};
  if (!dir || ::fstat(dir.get(), &directory) != 0) return fail_errno("cannot open " + path, errno);
  const uid_t self = ::geteuid();
  return open_regular_file(dir.get(), path, flags, std::array{self, self == 0 ? directory.st_uid : self});
}

Result<std::string> read_own_file(const std::string& path, std::size_t limit) {
  const Result<Fd> file = open_own_file(path, O_RDONLY);
  RETURN_IF_ERROR(file);
  std::string content;
  const int error = read_open_file(file->get(), content, limit);
  if (error == EFBIG) {
    std::unexpected<Error> large = fail("refusing " + path + ": it is larger than " + std::to_string(limit) + " bytes");
    large.error().errno_value = ENOTSUP;
    return large;
  }
  if (error != 0) return fail_errno("cannot read " + path, error);
  return content;
}

Result<std::string> read_own_tail(const std::string& path, std::size_t most) {
  const Result<Fd> file = open_own_file(path, O_RDONLY);
  RETURN_IF_ERROR(file);
  const off_t size = ::lseek(file->get(), 0, SEEK_END);
  ::lseek(file->get(), std::max<off_t>(size - static_cast<off_t>(most), 0), SEEK_SET);
  std::string content;
  if (const int error = read_fd(file->get(), content, most)) return fail_errno("cannot read " + path, error);
  return content;
}

Result<Fd> create_own_file(int dir_fd, const std::string& name, int more_flags) {
  ::unlinkat(dir_fd, name.c_str(), 0);
  Fd file(::openat(dir_fd, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW | more_flags, 0600));
  if (!file) return fail_errno("cannot create " + name, errno);
  return file;
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
  // The process id keeps two writers (a recorder and the client that created the run) from sharing one temporary file.
  const std::string temporary = name + ".new." + std::to_string(::getpid());
  const Result<Fd> file = create_own_file(dir_fd, temporary);
  RETURN_IF_ERROR(file);
  int error = write_all(file->get(), content);
  if (error == 0 && ::fsync(file->get()) != 0) error = errno;
  if (error == 0 && ::renameat(dir_fd, temporary.c_str(), dir_fd, name.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlinkat(dir_fd, temporary.c_str(), 0);
    return fail_errno("cannot write " + name, error);
  }
  ::fsync(dir_fd);  // O_PATH directories and some network file systems refuse: the rename itself has happened
  return {};
}

}  // namespace vigie
