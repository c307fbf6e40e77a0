#include "tui/terminal_guard.hpp"

#include <termios.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <exception>

namespace vigie::tui {
namespace {

constexpr std::array fatal_signals{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
// Leaves colours, the keypad and the alternate screen, and shows the cursor (xterm's "ctlseqs").
constexpr char leave[] = "\x1b[0m\x1b[?1l\x1b>\x1b[?25h\x1b[?1049l\r\n";

termios settings{};
volatile std::sig_atomic_t has_settings = 0;
std::terminate_handler terminate_before = nullptr;

/// Only calls that a signal handler may make (signal-safety(7)).
void restore() {
  if (has_settings == 0) return;
  has_settings = 0;
  [[maybe_unused]] const ssize_t written = ::write(STDOUT_FILENO, leave, sizeof leave - 1);
  ::tcsetattr(STDIN_FILENO, TCSANOW, &settings);
}

/// SA_RESETHAND: the signal then ends the program as it would have.
void die(int number) {
  restore();
  ::raise(number);
}

constexpr std::array ending_signals{SIGTERM, SIGHUP, SIGINT, SIGQUIT};

/// A terminal that was stopped (Ctrl-S) takes nothing either.
void end_now(int) {
  ::tcflow(STDOUT_FILENO, TCOON);
  ::tcflush(STDOUT_FILENO, TCOFLUSH);
  restore();
  ::_exit(0);
}

void set_ending(int how) {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : ending_signals) ::sigaddset(&set, number);
  ::pthread_sigmask(how, &set, nullptr);
}

[[noreturn]] void terminate() {
  restore();
  if (terminate_before != nullptr) terminate_before();
  std::abort();
}

}  // namespace

TerminalGuard::TerminalGuard() {
  has_settings = ::tcgetattr(STDIN_FILENO, &settings) == 0 ? 1 : 0;
  terminate_before = std::set_terminate(terminate);
  struct sigaction action{};
  action.sa_handler = die;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
  for (const int number : fatal_signals) ::sigaction(number, &action, nullptr);
  action.sa_handler = end_now;
  action.sa_flags = 0;
  for (const int number : ending_signals) ::sigaction(number, &action, nullptr);
  ::sigaction(SIGALRM, &action, nullptr);
}

TerminalGuard::~TerminalGuard() {
  has_settings = 0;
  std::set_terminate(terminate_before);
  for (const int number : fatal_signals) ::signal(number, SIG_DFL);
  for (const int number : ending_signals) ::signal(number, SIG_DFL);
  ::signal(SIGALRM, SIG_DFL);
}

EndableWrite::EndableWrite(unsigned limit_seconds) {
  set_ending(SIG_UNBLOCK);
  ::alarm(limit_seconds);
}

EndableWrite::~EndableWrite() {
  ::alarm(0);
  set_ending(SIG_BLOCK);
}

}  // namespace vigie::tui
