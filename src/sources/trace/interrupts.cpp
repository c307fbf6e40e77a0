#include "sources/trace/interrupts.hpp"

#include <sys/time.h>

#include <atomic>
#include <cstddef>

namespace vigie::trace {
namespace {

std::atomic<int> first_signal = 0;
static_assert(std::atomic<int>::is_always_lock_free);

void note(int signal) {
  int none = 0;
  if (signal != SIGALRM) first_signal.compare_exchange_strong(none, signal);
}

void tick_every(long microseconds) {
  const itimerval timer{.it_interval = {.tv_sec = 0, .tv_usec = microseconds},
                        .it_value = {.tv_sec = 0, .tv_usec = microseconds}};
  ::setitimer(ITIMER_REAL, &timer, nullptr);
}

}  // namespace

Interrupts::Interrupts() {
  first_signal = 0;
  struct sigaction action{};
  action.sa_handler = note;  // without SA_RESTART: waiting ends
  for (std::size_t index = 0; index < noted.size(); ++index) {
    ::sigaction(noted[index], nullptr, &former_[index]);
    if (noted[index] == SIGALRM || former_[index].sa_handler != SIG_IGN) ::sigaction(noted[index], &action, nullptr);
  }
  sigset_t alarm{};
  ::sigemptyset(&alarm);
  ::sigaddset(&alarm, SIGALRM);
  ::pthread_sigmask(SIG_UNBLOCK, &alarm, &former_mask_);
  tick_every(20'000);
}

Interrupts::~Interrupts() {
  tick_every(0);
  for (std::size_t index = 0; index < noted.size(); ++index) ::sigaction(noted[index], &former_[index], nullptr);
  ::pthread_sigmask(SIG_SETMASK, &former_mask_, nullptr);
}

int Interrupts::received() {
  return first_signal;
}

}  // namespace vigie::trace
