// floor stat|task: the least that a look by /proc costs. Lists /proc and opens, reads and closes each process's stat
// ("task": each thread's), and looks at nothing of what it read.
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static long bytes;

static void read_stat(int directory, const char* name) {
  char path[64];
  char buffer[4096];
  snprintf(path, sizeof path, "%s/stat", name);
  const int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  const ssize_t got = read(fd, buffer, sizeof buffer);
  if (got > 0) bytes += got;
  close(fd);
}

static void for_each_number(int directory, int deeper) {
  DIR* const dir = fdopendir(directory);
  if (dir == NULL) return;
  for (struct dirent* entry; (entry = readdir(dir)) != NULL;) {
    if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
    if (!deeper) {
      read_stat(dirfd(dir), entry->d_name);
      continue;
    }
    char path[280];
    snprintf(path, sizeof path, "%s/task", entry->d_name);
    const int tasks = openat(dirfd(dir), path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (tasks >= 0) for_each_number(tasks, 0);
  }
  closedir(dir);
}

int main(int argc, char** argv) {
  const int deeper = argc > 1 && strcmp(argv[1], "task") == 0;
  const int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (proc < 0) return 1;
  for_each_number(proc, deeper);
  return bytes > 0 ? 0 : 1;
}
