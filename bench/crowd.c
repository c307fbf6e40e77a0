// crowd PROCESSES [THREADS]: that many child processes that do nothing, each with so many threads. Prints "ready" once
// all are there, and ends with all of them when its standard input is closed.
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void* rest(void* unused) {
  for (;;) pause();
  return unused;
}

static void child(int threads, int ready) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 65536);
  for (int i = 1; i < threads; ++i) {
    pthread_t thread;
    if (pthread_create(&thread, &attributes, rest, NULL) != 0) _exit(1);
  }
  if (write(ready, "r", 1) != 1) _exit(1);
  for (;;) pause();
}

int main(int argc, char** argv) {
  const int processes = argc > 1 ? atoi(argv[1]) : 0;
  const int threads = argc > 2 ? atoi(argv[2]) : 1;
  int ready[2];
  pid_t* const children = calloc((size_t)processes + 1, sizeof *children);
  if (children == NULL || pipe(ready) != 0) return 1;
  for (int i = 0; i < processes; ++i) {
    const pid_t pid = fork();
    if (pid < 0) {
      perror("crowd: fork");
      return 1;
    }
    if (pid == 0) child(threads, ready[1]);
    children[i] = pid;
  }
  char byte;
  for (int i = 0; i < processes; ++i) {
    if (read(ready[0], &byte, 1) != 1) return 1;
  }
  puts("ready");
  fflush(stdout);
  while (read(STDIN_FILENO, &byte, 1) > 0) {
  }
  // All of them are gone when this one is: the next measurement counts processes, too.
  for (int i = 0; i < processes; ++i) kill(children[i], SIGKILL);
  for (int i = 0; i < processes; ++i) waitpid(children[i], NULL, 0);
  return 0;
}
