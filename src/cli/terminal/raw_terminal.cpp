#include "cli/terminal/raw_terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "terminal/redraw.hpp"

namespace vigie::cli {
namespace {

constexpr std::array signals{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGCONT, SIGWINCH};

/// DSR (ECMA-48 8.3.35): every terminal knows it, and says that it is ready.
constexpr std::string_view are_you_there = "\x1b[5n", here_i_am = "\x1b[0n";
constexpr double patience_seconds = 0.5;

volatile std::sig_atomic_t came = 0;

void note(int signal) {
  // A signal that ends the client is not replaced by a change of size.
  if (came == 0 || signal == SIGHUP || signal == SIGTERM) came = signal;
}

}  // namespace

Result<void> RawTerminal::check() {
  if (::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1) return {};
  return fail(
      "attaching takes a terminal on standard input and output; `vigie logs -f` shows the output of a run without",
      ErrorKind::usage);
}

// Standard output itself must not become non-blocking: the user's shell writes to it, too.
RawTerminal::RawTerminal(bool plain, std::string_view title)
    : output_(::open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)), plain_(plain) {
  sigset_t block;
  ::sigemptyset(&block);
  for (const int signal : signals) {
    struct sigaction action{};
    action.sa_handler = note;
    ::sigaction(signal, &action, nullptr);
    ::sigaddset(&block, signal);
  }
  ::sigprocmask(SIG_BLOCK, &block, &before_);
  for (const int signal : signals) ::sigdelset(&before_, signal);
  ::tcgetattr(STDIN_FILENO, &settings_);
  enter();
  // The text of the user's shell goes up into the terminal's scrollback instead of being overwritten. Its title is put
  // away (XTWINOPS).
  if (!plain_) {
    const int rows = size().rows;
    (void)write_all(STDOUT_FILENO,
                    fmt::format("\x1b[{};1H{:\n<{}}\x1b[22;2t\x1b]2;{}\a", rows, "", rows, safe_text(title)));
  }
}

/// The screen is put right while the terminal is still raw: it may be about to answer questions of the run, or to
/// report mouse and focus, and the shell that comes next must not read that. Where it takes no more output (Ctrl-S, a
/// dead connection) the modes come first, then signals, so that Ctrl-C still ends.
RawTerminal::~RawTerminal() {
  // The cursor stays where it is, or where it was when the alternate screen came; the lines below would be in the way.
  const std::string farewell =
      plain_ ? "\r\n"
             : fmt::format("\x1b\x37{}{}{}\x1b[23;2t\x1b\x38\x1b[?6l\x1b\x38\x1b[m\x1b(B\x0f\r\n\x1b[J",
                           watch_.before_reset(), terminal::terminal_reset, watch_.after_reset());
  const bool said = !plain_ && write_soon(farewell + std::string(are_you_there));
  if (said) hear_out();
  if (!plain_) ::tcflush(STDIN_FILENO, TCIFLUSH);
  ::tcsetattr(STDIN_FILENO, TCSANOW, &settings_);
  for (const int signal : signals) ::signal(signal, SIG_DFL);
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
  if (!said) (void)write_all(STDOUT_FILENO, farewell);
}

/// False when the terminal does not take all of it soon.
bool RawTerminal::write_soon(std::string_view bytes) const {
  for (const Instant begin = now(); !bytes.empty();) {
    const ssize_t put = this->put(bytes);
    if (put > 0) bytes.remove_prefix(static_cast<std::size_t>(put));
    if (put < 0 && errno != EAGAIN && errno != EINTR) return false;
    pollfd item{STDOUT_FILENO, POLLOUT, 0};
    const double left = patience_seconds - seconds_between(begin, now());
    if (put < 0 && (left <= 0 || ::poll(&item, 1, static_cast<int>(left * 1000) + 1) == 0)) return false;
  }
  return true;
}

/// Answers come in the order of the questions: reads until vigie's own is answered. A terminal that does not know it,
/// or is gone, is not waited for.
void RawTerminal::hear_out() {
  std::string heard;
  for (const Instant begin = now(); !heard.contains(here_i_am);) {
    pollfd item{STDIN_FILENO, POLLIN, 0};
    const double left = patience_seconds - seconds_between(begin, now());
    if (left <= 0 || ::poll(&item, 1, static_cast<int>(left * 1000) + 1) <= 0) return;
    char bytes[4096];
    const ssize_t got = ::read(STDIN_FILENO, bytes, sizeof bytes);
    if (got <= 0) return;
    heard.erase(0, heard.size() - std::min(heard.size(), here_i_am.size()));
    heard.append(bytes, static_cast<std::size_t>(got));
  }
}

void RawTerminal::enter() const {
  termios raw = settings_;
  ::cfmakeraw(&raw);
  ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

ssize_t RawTerminal::write(std::string_view bytes) {
  const ssize_t put = this->put(bytes);
  if (put > 0 && !plain_) watch_.see(bytes.substr(0, static_cast<std::size_t>(put)));
  return put;
}

ssize_t RawTerminal::put(std::string_view bytes) const {
  if (output_) return ::write(output_.get(), bytes.data(), bytes.size());
  constexpr std::size_t at_once = 4096;  // a terminal takes so many without making one wait for long
  pollfd item{STDOUT_FILENO, POLLOUT, 0};
  if (::poll(&item, 1, 0) > 0) return ::write(STDOUT_FILENO, bytes.data(), std::min(bytes.size(), at_once));
  errno = EAGAIN;
  return -1;
}

wire::TerminalSize RawTerminal::size() {
  winsize size{};
  ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
  return {.rows = size.ws_row > 0 ? size.ws_row : 24, .columns = size.ws_col > 0 ? size.ws_col : 80};
}

int RawTerminal::take_signal() {
  const int signal = came;
  came = 0;
  return signal;
}

}  // namespace vigie::cli
