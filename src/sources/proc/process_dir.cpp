#include "sources/proc/process_dir.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/file.hpp"
#include "sources/proc/read_once.hpp"

namespace vigie::proc {

ProcessDir::ProcessDir(const Root& root, pid_t pid, Open open) : root_(root), pid_(pid) {
  if (open == Open::no) return;
  char name[16];
  *fmt::format_to_n(name, sizeof name - 1, "{}", pid).out = '\0';
  // O_RDONLY would cost an open of the directory; O_PATH is enough to start from.
  dir_.reset(::openat(root.proc(), name, O_PATH | O_DIRECTORY | O_CLOEXEC));
  good_ = static_cast<bool>(dir_);
}

ProcessDir::Path ProcessDir::path(const char* name) const {
  Path path;
  *fmt::format_to_n(path.text, sizeof path.text - 1, "{}/{}", pid_, name).out = '\0';
  return path;
}

int ProcessDir::read(const char* name, std::string& buffer, std::size_t limit) const {
  return dir_ ? read_once(dir_.get(), name, buffer, limit) : read_once(root_.proc(), path(name).text, buffer, limit);
}

int ProcessDir::read_to_end(const char* name, std::string& buffer, std::size_t limit) const {
  return dir_ ? read_file(dir_.get(), name, buffer, limit) : read_file(root_.proc(), path(name).text, buffer, limit);
}

Fd ProcessDir::open(const char* name, int flags) const {
  const int all = O_RDONLY | O_CLOEXEC | O_NOCTTY | flags;
  return Fd(dir_ ? ::openat(dir_.get(), name, all) : ::openat(root_.proc(), path(name).text, all));
}

ssize_t ProcessDir::link(const char* name, char* target, std::size_t size) const {
  return dir_ ? ::readlinkat(dir_.get(), name, target, size)
              : ::readlinkat(root_.proc(), path(name).text, target, size);
}

Reading<uid_t> ProcessDir::owner() const {
  struct stat status{};
  const int failed = dir_ ? ::fstat(dir_.get(), &status) : ::fstatat(root_.proc(), path(".").text, &status, 0);
  if (failed != 0) return Presence::unknown;
  return status.st_uid;
}

}  // namespace vigie::proc
