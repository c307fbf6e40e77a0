// Loaded before libc (LD_PRELOAD), makes the files below /proc misbehave as a kernel may:
//   VIGIE_SHORT=N        a read gives at most N bytes
//   VIGIE_DENY=NAME,...  opening a file of that name fails with EACCES
//   VIGIE_VANISH=N       every Nth process vanishes between two of its files: from the second one on ESRCH
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static long number(const char* name) {
  const char* text = getenv(name);
  return text == NULL ? 0 : atol(text);
}

/// Whether the descriptor is a file of a process, and of which.
static int process_of(int fd, char* path, size_t size) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, path, size - 1);
  if (length <= 0) return 0;
  path[length] = '\0';
  return strncmp(path, "/proc/", 6) == 0 ? atoi(path + 6) : 0;
}

static int denied(const char* path) {
  const char* list = getenv("VIGIE_DENY");
  const char* slash = strrchr(path, '/');
  const char* base = slash != NULL ? slash + 1 : path;
  if (list == NULL || *base == '\0') return 0;
  const size_t length = strlen(base);
  for (const char* at = strstr(list, base); at != NULL; at = strstr(at + 1, base)) {
    if ((at == list || at[-1] == ',') && (at[length] == ',' || at[length] == '\0')) return 1;
  }
  return 0;
}

int openat(int dir, const char* path, int flags, ...) {
  static int (*real)(int, const char*, int, ...);
  if (real == NULL) real = (int (*)(int, const char*, int, ...))dlsym(RTLD_NEXT, "openat");
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = va_arg(arguments, mode_t);
  va_end(arguments);
  if (denied(path)) {
    errno = EACCES;
    return -1;
  }
  return real(dir, path, flags, mode);
}

/// 0 = as ever; what the read may give; -1 = the process has vanished.
static ssize_t allowed(int fd, size_t size) {
  char path[4096];
  const int pid = process_of(fd, path, sizeof path);
  if (pid == 0 || pid == getpid()) return (ssize_t)size;
  const long every = number("VIGIE_VANISH");
  if (every > 0 && pid % every == 0 && strcmp(strrchr(path, '/'), "/stat") != 0) return -1;
  const long most = number("VIGIE_SHORT");
  return most > 0 && (size_t)most < size ? most : (ssize_t)size;
}

ssize_t read(int fd, void* into, size_t size) {
  static ssize_t (*real)(int, void*, size_t);
  if (real == NULL) real = (ssize_t(*)(int, void*, size_t))dlsym(RTLD_NEXT, "read");
  const ssize_t most = allowed(fd, size);
  if (most < 0) {
    errno = ESRCH;
    return -1;
  }
  return real(fd, into, (size_t)most);
}

ssize_t pread(int fd, void* into, size_t size, off_t offset) {
  static ssize_t (*real)(int, void*, size_t, off_t);
  if (real == NULL) real = (ssize_t(*)(int, void*, size_t, off_t))dlsym(RTLD_NEXT, "pread");
  const ssize_t most = allowed(fd, size);
  if (most < 0) {
    errno = ESRCH;
    return -1;
  }
  return real(fd, into, (size_t)most, offset);
}

ssize_t pread64(int fd, void* into, size_t size, off_t offset) {
  return pread(fd, into, size, offset);
}
