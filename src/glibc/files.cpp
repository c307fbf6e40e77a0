// System calls that have a function of their own in glibc since 2.30 (getdents64), 2.33 (the family of stat, which was
// __xstat before) and 2.34 (close_range).
#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "glibc/older.hpp"

static_assert(sizeof(struct stat) == sizeof(struct stat64), "one layout: that of the kernel");

VIGIE_OWN int fstatat(int directory, const char* path, struct stat* info, int flags) {
  return static_cast<int>(::syscall(SYS_newfstatat, directory, path, info, flags));
}

VIGIE_OWN int stat(const char* path, struct stat* info) {
  return fstatat(AT_FDCWD, path, info, 0);
}

VIGIE_OWN int lstat(const char* path, struct stat* info) {
  return fstatat(AT_FDCWD, path, info, AT_SYMLINK_NOFOLLOW);
}

VIGIE_OWN int fstat(int file, struct stat* info) {
  return static_cast<int>(::syscall(SYS_fstat, file, info));
}

VIGIE_OWN int stat64(const char* path, struct stat64* info) {
  return static_cast<int>(::syscall(SYS_newfstatat, AT_FDCWD, path, info, 0));
}

VIGIE_OWN int lstat64(const char* path, struct stat64* info) {
  return static_cast<int>(::syscall(SYS_newfstatat, AT_FDCWD, path, info, AT_SYMLINK_NOFOLLOW));
}

VIGIE_OWN int fstat64(int file, struct stat64* info) {
  return static_cast<int>(::syscall(SYS_fstat, file, info));
}

VIGIE_OWN int fstatat64(int directory, const char* path, struct stat64* info, int flags) {
  return static_cast<int>(::syscall(SYS_newfstatat, directory, path, info, flags));
}

VIGIE_OWN ssize_t getdents64(int directory, void* buffer, size_t bytes) {
  return ::syscall(SYS_getdents64, directory, buffer, bytes);
}

/// Linux 5.9 has it; before, descriptors are closed one by one.
VIGIE_OWN int close_range(unsigned first, unsigned last, int flags) {
#ifdef SYS_close_range
  if (::syscall(SYS_close_range, first, last, flags) == 0 || errno != ENOSYS) return errno == ENOSYS ? -1 : 0;
#endif
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return -1;
  const auto end = static_cast<unsigned>(std::min<rlim_t>(limit.rlim_cur, 1 << 20));
  for (unsigned file = first; file < end && file <= last; ++file) ::close(static_cast<int>(file));
  return 0;
}
