// Forks without end, for a bounded time: CHAINS processes, each of which lives only to start the next and to exit. With
// `setsid` each also begins a session of its own, so that neither group nor session tells where it belongs.
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void chain(time_t end, int leave) {
  while (time(NULL) < end) {
    pid_t child = fork();
    if (child > 0) _exit(0);
    if (child < 0) usleep(1000);
    if (child == 0 && leave) setsid();
  }
  _exit(0);
}

int main(int argc, char** argv) {
  int chains = atoi(argv[1]);
  time_t end = time(NULL) + atoi(argv[2]);
  int leave = argc > 3 && strcmp(argv[3], "setsid") == 0;
  for (int i = 0; i < chains; ++i) {
    if (fork() == 0) chain(end, leave);
  }
  write(1, "ready\n", 6);
  while (time(NULL) < end) pause();
  return 0;
}
