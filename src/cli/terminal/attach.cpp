// vigie attach: the terminal of a run.
#include "cli/terminal/attach.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "act/attach.hpp"
#include "act/log/run_log.hpp"
#include "act/run_life.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/say.hpp"
#include "cli/terminal/log_output.hpp"
#include "cli/terminal/raw_terminal.hpp"
#include "terminal/detach_keys.hpp"
#include "terminal/plain_text.hpp"

namespace vigie::cli {
namespace {

using Reach = act::AttachClient::Reach;

constexpr double record_seconds = 5;     // the end of a run is written down by then
constexpr std::size_t most_keys = 4096;  // bytes typed at once

std::string chosen_keys(const AttachOptions& options) {
  if (!options.detach_keys.empty()) return options.detach_keys;
  const char* const variable = std::getenv("VIGIE_DETACH_KEYS");
  return variable == nullptr || *variable == '\0' ? "ctrl-b,d" : variable;
}

/// Terminals without a cursor to move: escape sequences would be garbage on them.
bool is_plain_terminal() {
  const char* const name = std::getenv("TERM");
  return name == nullptr || std::string_view(name).empty() || std::string_view(name) == "dumb" ||
         std::string_view(name) == "unknown";
}

/// The user's terminal and the run's, connected.
class Connection {
 public:
  enum class End : std::uint8_t { detached, over, queued, hung_up };

  /// `size` is that of the user's terminal when the client connected.
  Connection(act::AttachClient& client, wire::TerminalSize size, const AttachOptions& options,
             terminal::DetachKeys keys)
      : client_(client), read_only_(options.read_only), keys_(std::move(keys)), size_(size) {}

  /// Until the user detaches or the run has no terminal any more; the user's is put back then.
  Result<End> run();

 private:
  Result<End> show();
  Result<std::optional<End>> connect_again();
  void send_size();
  void say_what_does_not_fit() const;
  void watch_for_stop();
  std::optional<End> heed_signal(int signal);
  std::optional<End> read_keys();
  void read_output();
  void write_output();
  [[nodiscard]] const std::string& name() const { return client_.record().name; }

  act::AttachClient& client_;
  bool read_only_;
  bool plain_ = is_plain_terminal();
  terminal::DetachKeys keys_;
  std::optional<RawTerminal> terminal_;  // while the run's is shown on it
  terminal::PlainText plain_text_;
  wire::TerminalSize size_;
  std::string output_;   // what the terminal has not taken yet
  bool notice_ = false;  // vigie's own words are on the screen
};

/// If a recorder was killed, connects to the next one; if the attempt is over, another may follow later.
Result<std::optional<Connection::End>> Connection::connect_again() {
  output_.clear();
  size_ = RawTerminal::size();
  const Result<Reach> again = client_.connect(size_, false);
  RETURN_IF_ERROR(again);
  if (*again == Reach::connected) return std::optional<End>();
  return std::optional(*again == Reach::over ? End::over : End::queued);
}

void Connection::send_size() {
  size_ = RawTerminal::size();
  client_.resize(size_);
}

/// A client that only looks on leaves the run's terminal its size.
void Connection::say_what_does_not_fit() const {
  const wire::TerminalSize theirs = client_.size_before();
  if (!read_only_ || (theirs.rows <= size_.rows && theirs.columns <= size_.columns)) return;
  complain(
      "the terminal of {} has {} rows of {} columns, more than yours: a part of it is not shown; "
      "`vigie logs -f {}` shows all that it prints",
      name(), theirs.rows, theirs.columns, name());
}

Result<Connection::End> Connection::run() {
  say_what_does_not_fit();
  terminal_.emplace(plain_, fmt::format("{}: {} detaches", name(), keys_.text()));
  Result<End> end = show();
  terminal_.reset();
  return end;
}

Result<Connection::End> Connection::show() {
  if (RawTerminal::size() != size_) send_size();
  while (true) {
    if (client_.lost()) {
      const Result<std::optional<End>> end = connect_again();
      RETURN_IF_ERROR(end);
      if (*end) return **end;
    }
    const bool draining = !output_.empty();
    pollfd items[]{{STDIN_FILENO, POLLIN, 0},
                   {draining ? -1 : client_.socket(), POLLIN, 0},
                   {draining ? STDOUT_FILENO : -1, POLLOUT, 0}};
    constexpr timespec between_looks{.tv_sec = 0, .tv_nsec = 100'000'000};
    const timespec* const patience = client_.may_be_stopping() ? &between_looks : nullptr;
    const int ready = ::ppoll(items, 3, patience, &terminal_->waiting_mask());
    if (const auto end = heed_signal(RawTerminal::take_signal())) return *end;
    watch_for_stop();
    if (ready <= 0) continue;
    if (items[2].revents != 0) write_output();
    if (items[1].revents != 0) read_output();
    if (items[0].revents != 0) {
      if (const auto end = read_keys()) return *end;
    }
  }
}

/// Ctrl-Z stops a program that no shell has started: its output would end, and nothing would say why. The words lie
/// above the program's screen, which is drawn anew as soon as it prints something.
void Connection::watch_for_stop() {
  if (!client_.has_stopped()) return;
  notice_ = true;
  const std::string words =
      fmt::format("{0} is stopped: `vigie resume {0}` lets it go on, {1} detaches", safe_text(name()), keys_.text());
  output_ += plain_ ? "\r\n" + words + "\r\n"
                    : fmt::format("\x1b\x37\x1b[{};1H\x1b[0;7m {} \x1b[0m\x1b[K\x1b\x38", size_.rows,
                                  cut_to_width(words, static_cast<std::size_t>(std::max(size_.columns - 2, 1))));
  write_output();
}

std::optional<Connection::End> Connection::heed_signal(int signal) {
  switch (signal) {
    case 0: return std::nullopt;
    case SIGWINCH: send_size(); return std::nullopt;
    case SIGTSTP: client_.type("\x1a"); return std::nullopt;
    case SIGCONT:
      terminal_->enter();
      send_size();
      client_.ask_for_redraw();
      return std::nullopt;
    default: return End::hung_up;
  }
}

std::optional<Connection::End> Connection::read_keys() {
  char bytes[most_keys];
  const ssize_t got = ::read(STDIN_FILENO, bytes, sizeof bytes);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return std::nullopt;
  if (got <= 0) return End::hung_up;
  const terminal::DetachKeys::Found found = keys_.read({bytes, static_cast<std::size_t>(got)});
  client_.type(found.typed);
  if (found.detach) return End::detached;
  return std::nullopt;
}

void Connection::read_output() {
  const std::string got = client_.receive(output_.size());
  if (!got.empty() && std::exchange(notice_, false) && !plain_) client_.ask_for_redraw();
  output_ += plain_ ? plain_text_.text_of(got) : got;
  write_output();
}

/// A terminal that takes nothing (Ctrl-S, a slow line) makes this wait in ppoll and the recorder drop output, not the
/// run.
void Connection::write_output() {
  while (!output_.empty()) {
    const ssize_t put = terminal_->write(output_);
    if (put < 0 && errno == EAGAIN) return;
    if (put < 0 && errno != EINTR) return output_.clear();  // read_keys() sees that it is gone
    output_.erase(0, static_cast<std::size_t>(std::max<ssize_t>(put, 0)));
  }
}

void say_how_to_leave(const RunRecord& record, const terminal::DetachKeys& keys) {
  complain("attaching to {}: {} detaches, the run goes on without you", record.name, keys.text());
  if (act::is_stopped(record)) complain("{} is stopped: `vigie resume {}` lets it go on", record.name, record.name);
}

void say_detached(const RunRecord& record, bool stopped) {
  if (stopped) {
    complain("detached from {0}, which is stopped: `vigie resume {0}` lets it go on, `vigie attach {0}` comes back",
             record.name);
  } else {
    complain("detached from {0}, which goes on; `vigie attach {0}` comes back", record.name);
  }
}

/// Shows the run, its next attempts too. `shown`: something of it was seen.
Result<Connection::End> show(const RunRecord& record, const AttachOptions& options, const terminal::DetachKeys& keys,
                             bool& shown) {
  const auto waits = [&](const std::string& what) {
    complain("{} waits for {}; its terminal is shown when it starts (Ctrl-C ends this wait, the run stays queued)",
             record.name, what.empty() ? "its turn" : what);
  };
  while (true) {
    const Result<std::optional<RunRecord>> started = act::await_terminal(record, waits);
    RETURN_IF_ERROR(started);
    if (!*started) return Connection::End::over;
    act::AttachClient client(**started, {.read_only = options.read_only, .answers = !is_plain_terminal()});
    const wire::TerminalSize size = RawTerminal::size();
    const Result<Reach> reach = client.connect(size, true);
    RETURN_IF_ERROR(reach);
    if (*reach == Reach::over) return Connection::End::over;
    if (*reach == Reach::queued) continue;
    if (!std::exchange(shown, true)) say_how_to_leave(client.record(), keys);
    const Result<Connection::End> end = Connection(client, size, options, keys).run();
    if (!end || *end != Connection::End::queued) {
      if (end && *end == Connection::End::detached) say_detached(client.record(), client.left_stopped());
      return end;
    }
  }
}

struct Options {
  std::string run;
  AttachOptions attach;
};

Result<int> attach(const Options& options) {
  ASSIGN_OR_RETURN(RunRecord record, act::run_to_attach(options.run));
  RETURN_IF_ERROR(check_attach(options.attach));
  RETURN_IF_ERROR(act::refuse_without_terminal(record));
  return attach_to(record, options.attach);
}

}  // namespace

Result<void> check_attach(const AttachOptions& options) {
  const Result<terminal::DetachKeys> keys = terminal::DetachKeys::parse(chosen_keys(options));
  RETURN_IF_ERROR(keys);
  return RawTerminal::check();
}

Result<int> attach_to(const RunRecord& record, const AttachOptions& options) {
  ASSIGN_OR_RETURN(terminal::DetachKeys keys, terminal::DetachKeys::parse(chosen_keys(options)));
  RETURN_IF_ERROR(act::refuse_within(record));
  bool shown = false;
  ASSIGN_OR_RETURN(Connection::End end, show(record, options, keys, shown));
  if (end != Connection::End::over) return end == Connection::End::detached ? 0 : 1;
  LogOutput output;
  if (!shown) ignore_error(act::show_log(record.directory, {.follow = true}, output));
  const Result<RunRecord> ended = act::wait_until_over(record.directory, record_seconds);
  RETURN_IF_ERROR(ended);
  complain("{} {}", ended->name, act::describe_end(*ended));
  return act::shell_status(*ended);
}

void define_attach(Command& command) {
  auto options = std::make_shared<Options>();
  command.examples(
      "Examples:\n  vigie attach resnet               its terminal; Ctrl-b d detaches, Ctrl-b Ctrl-b sends Ctrl-b\n"
      "  vigie attach --read-only resnet   look, type nothing\n"
      "  vigie attach --detach-keys ctrl-p,ctrl-q resnet\n"
      "  export VIGIE_DETACH_KEYS=ctrl-a,d always these keys; useful within tmux, whose own key is Ctrl-b");
  command.option("RUN", options->run, "name or id").required();
  command.flag("--read-only", options->attach.read_only, "show it, send no key; the size of the terminal stays");
  command.option("--detach-keys", options->attach.detach_keys,
                 "keys that detach, like ctrl-b,d (default: VIGIE_DETACH_KEYS, else ctrl-b,d)");
  command.does([options] { return attach(*options); });
}

}  // namespace vigie::cli
