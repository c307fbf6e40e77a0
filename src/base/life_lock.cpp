#include "base/life_lock.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/file.hpp"

namespace vigie {
namespace {

/// The file that this process has a lock on: to open and close it once more would drop the lock.
struct {
  dev_t device = 0;
  ino_t inode = 0;
} own_file;

bool is_own(const struct stat& there) {
  return own_file.inode != 0 && there.st_ino == own_file.inode && there.st_dev == own_file.device;
}

struct flock byte_of(LifeRole role) {
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(role);
  lock.l_len = 1;
  return lock;
}

/// False when the kernel does not tell.
bool ask(int fd, LifeRole role, bool& held, pid_t& by) {
  struct flock lock = byte_of(role);
  if (::fcntl(fd, F_GETLK, &lock) != 0) return false;
  held = lock.l_type != F_UNLCK;
  by = held && lock.l_pid > 0 ? lock.l_pid : 0;  // negative: a process of another machine (NFS)
  return true;
}

bool is_life_lock(const std::string& process, const char* number) {
  char target[4096];
  const ssize_t length = ::readlink((process + "/fd/" + number).c_str(), target, sizeof target);
  if (length <= 0) return false;
  std::string_view path(target, static_cast<std::size_t>(length));
  if (constexpr std::string_view gone = " (deleted)"; path.ends_with(gone)) path.remove_suffix(gone.size());
  if (!path.ends_with(std::string("/") + life_lock_name)) return false;
  std::string
      info;  // "lock:	1: POSIX  ADVISORY  WRITE 4711 fe:01:1234 0 0", where it is this process's (proc_pid_fdinfo(5))
  return read_file(-1, (process + "/fdinfo/" + number).c_str(), info) == 0 && info.contains(": POSIX ");
}

bool executes_this_program(const std::string& process) {
  struct stat own{}, theirs{};
  return ::stat("/proc/self/exe", &own) == 0 && ::stat((process + "/exe").c_str(), &theirs) == 0 &&
         own.st_dev == theirs.st_dev && own.st_ino == theirs.st_ino;
}

}  // namespace

LifeLock::Taken LifeLock::take(int dir_fd, LifeRole role) {
  if (!file_) {
    file_.reset(::openat(dir_fd, life_lock_name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
    struct stat there{};
    if (!file_ || ::fstat(file_.get(), &there) != 0 || !S_ISREG(there.st_mode)) return Taken::unsupported;
  }
  struct flock lock = byte_of(role);
  if (::fcntl(file_.get(), F_SETLK, &lock) == 0) {
    struct stat there{};
    if (::fstat(file_.get(), &there) == 0) own_file = {.device = there.st_dev, .inode = there.st_ino};
    taken_ = true;
    return Taken::yes;
  }
  if (errno == EAGAIN || errno == EACCES) return Taken::by_another;
  // A lock that cannot be had must not be mistaken for one that was dropped.
  if (role == LifeRole::holder) ::unlinkat(dir_fd, life_lock_name, 0);
  return Taken::unsupported;
}

void LifeLock::take_anew(const std::string& directory, LifeRole role) {
  const Fd dir(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!dir) return;
  release();
  (void)take(dir.get(), role);
}

void LifeLock::release() {
  if (std::exchange(taken_, false)) own_file = {};
  file_.reset();
}

std::optional<LifeLocks> life_locks(const std::string& path) {
  struct stat there{};
  if (::lstat(path.c_str(), &there) == 0 && is_own(there))
    return LifeLocks{.held_by_holder = true, .held_by_recorder = true};
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (!file && is_shortage(errno)) return LifeLocks{.unknown = true};
  if (!file || ::fstat(file.get(), &there) != 0 || !S_ISREG(there.st_mode)) return std::nullopt;
  LifeLocks locks;
  if (!ask(file.get(), LifeRole::holder, locks.held_by_holder, locks.holder)) return std::nullopt;
  if (!ask(file.get(), LifeRole::recorder, locks.held_by_recorder, locks.recorder)) return std::nullopt;
  return locks;
}

bool may_hold_life_lock(pid_t pid) {
  const std::string process = fmt::format("/proc/{}", pid);
  if (executes_this_program(process)) return true;
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir((process + "/fd").c_str()), ::closedir);
  if (dir == nullptr) return errno == EACCES || errno == EPERM || is_shortage(errno);
  while (const dirent* entry = ::readdir(dir.get())) {
    if (entry->d_name[0] != '.' && is_life_lock(process, entry->d_name)) return true;
  }
  return false;
}

}  // namespace vigie
