// Loaded before libc (LD_PRELOAD), holds back until the file is there that is named by
//   VIGIE_HELD            a job in the moment before it becomes its program
//   VIGIE_HELD_RECORDER   a recorder in the moment before it takes its lock
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

static void wait_for(const char* variable) {
  const char* go = getenv(variable);
  while (go != NULL && access(go, F_OK) != 0) usleep(10000);
}

int execvpe(const char* file, char* const arguments[], char* const environment[]) {
  int (*real)(const char*, char* const[], char* const[]) =
      (int (*)(const char*, char* const[], char* const[]))dlsym(RTLD_NEXT, "execvpe");
  wait_for("VIGIE_HELD");
  return real(file, arguments, environment);
}

int fcntl(int fd, int command, ...) {
  int (*real)(int, int, ...) = (int (*)(int, int, ...))dlsym(RTLD_NEXT, "fcntl");
  va_list arguments;
  va_start(arguments, command);
  void* argument = va_arg(arguments, void*);
  va_end(arguments);
  if (command == F_SETLK && ((struct flock*)argument)->l_start == 1) wait_for("VIGIE_HELD_RECORDER");
  return real(fd, command, argument);
}
