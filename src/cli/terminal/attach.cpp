// vigie attach: the terminal of a run. Long for one loop over keys, output and signals, and what each of them does.
#include "cli/terminal/attach.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "act/run_life.hpp"
#include "act/runs_by_name.hpp"
#include "base/clock.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/output.hpp"
#include "cli/say.hpp"
#include "cli/terminal/detach_keys.hpp"
#include "cli/terminal/log_show.hpp"
#include "cli/terminal/raw_terminal.hpp"
#include "control/cgroup_leaf.hpp"
#include "control/process.hpp"
#include "terminal/control_parser.hpp"
#include "wire/attach_stream.hpp"
#include "wire/run_directory.hpp"

namespace vigie::cli {
namespace {

using Packet = wire::AttachPacket;

constexpr double answer_seconds = 5;
constexpr double stop_seconds = 1;              // a program that stops at Ctrl-Z has done so by then
constexpr std::size_t most_keys = 4096;         // bytes typed at once
constexpr std::size_t most_at_once = 64 << 10;  // bytes of output that are written together

std::string chosen_keys(const AttachOptions& options) {
  if (!options.detach_keys.empty()) return options.detach_keys;
  const char* const variable = std::getenv("VIGIE_DETACH_KEYS");
  return variable == nullptr || *variable == '\0' ? "ctrl-b,d" : variable;
}

/// Terminals without a cursor to move: escape sequences would be rubbish on them.
bool is_plain_terminal() {
  const char* const name = std::getenv("TERM");
  return name == nullptr || std::string_view(name).empty() || std::string_view(name) == "dumb" ||
         std::string_view(name) == "unknown";
}

/// Text with its line ends, nothing that moves the cursor elsewhere.
class PlainText final : public terminal::ControlSink {
 public:
  std::string text_of(std::string_view bytes) {
    parser_.parse(bytes, *this);
    return std::exchange(text_, {});
  }
  void text(std::string_view bytes) override {
    std::ranges::copy_if(bytes, std::back_inserter(text_), [](char byte) {
      return static_cast<unsigned char>(byte) >= 0x20 || std::string_view("\a\b\t\n\r").contains(byte);
    });
  }
  void escape(char /*intermediate*/, char /*final*/) override {}
  void sequence(const terminal::ControlSequence& sequence) override {
    if (sequence.final == 'H' && sequence.value_or(0, 1) > 1) text_ += "\r\n";  // lines of a redraw
  }

 private:
  terminal::ControlParser parser_;
  std::string text_;
};

bool is_stopped(const RunRecord& record) {
  if (!record.group.directory.empty() && control::CgroupLeaf(record.group.directory).frozen()) return true;
  return control::state_of(record.leader.pid) == 'T';
}

/// The user's terminal and the run's, connected.
class Connection {
 public:
  enum class Reach { connected, over, queued };
  enum class End { detached, over, queued, hung_up };

  Connection(const RunRecord& record, bool read_only, DetachKeys keys)
      : record_(record), read_only_(read_only), keys_(std::move(keys)) {}

  Result<Reach> connect(bool scrollback);
  /// Until the user detaches or the run has no terminal any more; the user's is put back then.
  Result<End> run();
  /// Whether the run's main process is stopped: soon after Ctrl-Z was typed it may be about to be.
  [[nodiscard]] bool left_stopped() const;

 private:
  void send(Packet::Kind kind, std::string_view content) {
    if (!wire::send_packet(socket_.get(), kind, content)) lost_ = true;
  }
  void send_size() {
    size_ = RawTerminal::size();
    send(Packet::Kind::resize, fmt::format("{} {}", size_.rows, size_.columns));
  }
  Result<End> show();
  void type(std::string_view keys);
  Result<std::optional<End>> connect_again();
  void watch_for_stop();
  std::optional<End> heed_signal(int signal);
  std::optional<End> read_keys();
  void read_output();
  void write_output();

  const RunRecord& record_;
  void say_what_does_not_fit() const;

  bool read_only_;
  bool plain_ = is_plain_terminal();
  DetachKeys keys_;
  std::optional<RawTerminal> terminal_;  // while the run's is shown on it
  PlainText plain_text_;
  wire::TerminalSize size_, theirs_;  // of this terminal, and of the run's when it was attached to
  Fd socket_;
  std::string output_;                   // what the terminal has not taken yet
  bool lost_ = false;                    // the connection, not the run
  std::optional<Instant> suspended_at_;  // Ctrl-Z was typed, and what came of it was not seen yet
  bool notice_ = false;                  // vigie's own words are on the screen
};

Result<Connection::Reach> Connection::connect(bool scrollback) {
  size_ = RawTerminal::size();
  Result<wire::Attachment> connected = act::once_it_listens(record_, [&] {
    return wire::attach(record_, {.size = size_, .read_only = read_only_, .answers = !plain_, .scrollback = scrollback},
                        answer_seconds);
  });
  if (connected) {
    socket_ = std::move(connected->connection);
    theirs_ = connected->size;
    lost_ = false;
    return Reach::connected;
  }
  const Result<RunRecord> now = act::wait_until_over(record_.directory, 0);
  if (!now || is_over(now->state)) return Reach::over;
  if (now->state == RunState::queued) return Reach::queued;
  return pass(std::move(connected));
}

/// Where a recorder was killed, the next one is asked; where the attempt is over there may be another later.
Result<std::optional<Connection::End>> Connection::connect_again() {
  output_.clear();
  const Result<Reach> again = connect(false);
  if (!again) return std::unexpected(again.error());
  if (*again == Reach::connected) return std::optional<End>();
  return std::optional(*again == Reach::over ? End::over : End::queued);
}

/// A client that only looks on leaves the run's terminal its size.
void Connection::say_what_does_not_fit() const {
  if (!read_only_ || (theirs_.rows <= size_.rows && theirs_.columns <= size_.columns)) return;
  complain(
      "the terminal of {} has {} rows of {} columns, more than yours: a part of it is not shown; "
      "`vigie logs -f {}` shows all that it prints",
      record_.name, theirs_.rows, theirs_.columns, record_.name);
}

Result<Connection::End> Connection::run() {
  say_what_does_not_fit();
  terminal_.emplace(plain_, fmt::format("{}: {} detaches", record_.name, keys_.text()));
  Result<End> end = show();
  terminal_.reset();
  return end;
}

Result<Connection::End> Connection::show() {
  if (RawTerminal::size() != size_) send_size();
  while (true) {
    if (lost_) {
      const Result<std::optional<End>> end = connect_again();
      if (!end) return std::unexpected(end.error());
      if (*end) return **end;
    }
    const bool draining = !output_.empty();
    pollfd items[]{{STDIN_FILENO, POLLIN, 0},
                   {draining ? -1 : socket_.get(), POLLIN, 0},
                   {draining ? STDOUT_FILENO : -1, POLLOUT, 0}};
    constexpr timespec between_looks{.tv_sec = 0, .tv_nsec = 100'000'000};
    const int ready = ::ppoll(items, 3, suspended_at_ ? &between_looks : nullptr, &terminal_->waiting_mask());
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

/// Ctrl-Z stops a program that no shell has started: nothing would come any more, and nothing would say why. The words
/// lie above the program's screen, which is drawn anew as soon as it prints something.
void Connection::watch_for_stop() {
  if (!suspended_at_) return;
  if (is_stopped(record_)) {
    suspended_at_.reset();
    notice_ = true;
    const std::string words = fmt::format("{0} is stopped: `vigie resume {0}` lets it go on, {1} detaches",
                                          safe_text(record_.name), keys_.text());
    output_ += plain_ ? "\r\n" + words + "\r\n"
                      : fmt::format("\x1b\x37\x1b[{};1H\x1b[0;7m {} \x1b[0m\x1b[K\x1b\x38", size_.rows,
                                    cut_to_width(words, static_cast<std::size_t>(std::max(size_.columns - 2, 1))));
    write_output();
  } else if (seconds_between(*suspended_at_, now()) > stop_seconds) {
    suspended_at_.reset();
  }
}

bool Connection::left_stopped() const {
  while (!is_stopped(record_)) {
    if (!suspended_at_ || seconds_between(*suspended_at_, now()) > stop_seconds) return false;
    ::poll(nullptr, 0, 20);
  }
  return true;
}

std::optional<Connection::End> Connection::heed_signal(int signal) {
  switch (signal) {
    case 0: return std::nullopt;
    case SIGWINCH: send_size(); return std::nullopt;
    case SIGTSTP: type("\x1a"); return std::nullopt;
    case SIGCONT:
      terminal_->enter();
      send_size();
      send(Packet::Kind::redraw, {});
      return std::nullopt;
    default: return End::hung_up;
  }
}

void Connection::type(std::string_view keys) {
  if (read_only_ || keys.empty()) return;
  if (keys.contains('\x1a')) suspended_at_ = now();
  send(Packet::Kind::input, keys);
}

std::optional<Connection::End> Connection::read_keys() {
  char bytes[most_keys];
  const ssize_t got = ::read(STDIN_FILENO, bytes, sizeof bytes);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return std::nullopt;
  if (got <= 0) return End::hung_up;
  const DetachKeys::Found found = keys_.read({bytes, static_cast<std::size_t>(got)});
  type(found.typed);
  if (found.detach) return End::detached;
  return std::nullopt;
}

void Connection::read_output() {
  char bytes[1 + Packet::largest_content];
  while (output_.size() < most_at_once) {
    const ssize_t got = ::recv(socket_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) break;
    if (got == 0 && !output_.empty()) break;  // the last words first: the end will be heard again
    const auto packet =
        got > 0 ? wire::attach_packet({bytes, static_cast<std::size_t>(got)}) : std::optional<wire::AttachPacket>();
    lost_ = !packet;
    if (!packet || packet->kind != Packet::Kind::output) break;
    output_ += plain_ ? plain_text_.text_of(packet->content) : std::string(packet->content);
    if (std::exchange(notice_, false) && !plain_) send(Packet::Kind::redraw, {});
  }
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

/// Until the run has a terminal to show, or is over; false when it is. The user's terminal is as it was meanwhile.
Result<bool> await_start(const RunRecord& record) {
  constexpr int between_looks_ms = 100;
  for (bool said = false;; ::poll(nullptr, 0, between_looks_ms)) {
    const Result<RunRecord> current = act::wait_until_over(record.directory, 0);
    if (!current) return std::unexpected(current.error());
    if (current->state != RunState::queued) return !is_over(current->state);
    if (std::exchange(said, true)) continue;
    const std::string wait = describe_wait(*current, now().wall_ns);
    complain("{} waits for {}; its terminal is shown when it starts (Ctrl-C ends this wait, the run stays queued)",
             current->name, wait.empty() ? "its turn" : wait);
  }
}

void say_how_to_leave(const RunRecord& record, const DetachKeys& keys) {
  complain("attaching to {}: {} detaches, the run goes on without you", record.name, keys.text());
  if (is_stopped(record)) complain("{} is stopped: `vigie resume {}` lets it go on", record.name, record.name);
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
Result<Connection::End> show(const RunRecord& record, const AttachOptions& options, const DetachKeys& keys,
                             bool& shown) {
  while (true) {
    const Result<bool> started = await_start(record);
    if (!started) return std::unexpected(started.error());
    if (!*started) return Connection::End::over;
    const Result<RunRecord> latest = wire::read_record(record.directory);  // it may have a leader only now
    if (!latest) return std::unexpected(latest.error());
    Connection connection(*latest, options.read_only, keys);
    const Result<Connection::Reach> reach = connection.connect(true);
    if (!reach) return std::unexpected(reach.error());
    if (*reach == Connection::Reach::over) return Connection::End::over;
    if (*reach == Connection::Reach::queued) continue;
    if (!std::exchange(shown, true)) say_how_to_leave(*latest, keys);
    const Result<Connection::End> end = connection.run();
    if (!end || *end != Connection::End::queued) {
      if (end && *end == Connection::End::detached) say_detached(*latest, connection.left_stopped());
      return end;
    }
  }
}

struct Options {
  std::string run;
  AttachOptions attach;
};

Result<int> attach(const Options& options) {
  Result<RunRecord> record = act::find_run(options.run, act::Naming::by_beginning, act::RunUse::attach);
  if (!record) return pass(std::move(record));
  if (record->adopted) {
    return fail(
        fmt::format("{} was adopted: its terminal belongs to where it was started; `vigie logs {}` says where its "
                    "output goes",
                    record->name, record->name));
  }
  if (Result<void> possible = check_attach(options.attach); !possible) return pass(std::move(possible));
  const Result<RunRecord> now = act::wait_until_over(record->directory, 0);
  if (now && is_over(now->state)) {
    return fail(fmt::format("{} has no terminal any more ({}): `vigie logs {}` shows what it printed", record->name,
                            act::describe_end(*now), record->name));
  }
  if (!record->spec.pty) {
    return fail(
        fmt::format("{} has no terminal (--no-pty): `vigie logs -f {}` shows its output", record->name, record->name));
  }
  return attach_to(*record, options.attach);
}

}  // namespace

Result<void> check_attach(const AttachOptions& options) {
  const Result<DetachKeys> keys = DetachKeys::parse(chosen_keys(options));
  if (!keys) return std::unexpected(keys.error());
  return RawTerminal::check();
}

Result<int> attach_to(const RunRecord& record, const AttachOptions& options) {
  Result<DetachKeys> keys = DetachKeys::parse(chosen_keys(options));
  if (!keys) return pass(std::move(keys));
  if (const char* const within = std::getenv("VIGIE_RUN_ID"); within != nullptr && within == record.id) {
    return fail(
        fmt::format("this is {} itself: its terminal cannot be shown within it, that would never end", record.name));
  }
  bool shown = false;
  Result<Connection::End> end = show(record, options, *keys, shown);
  if (!end) return pass(std::move(end));
  if (*end != Connection::End::over) return *end == Connection::End::detached ? 0 : 1;
  if (!shown) (void)show_log(record.directory, {.follow = true}).has_value();
  const Result<RunRecord> ended = act::wait_until_over(record.directory, answer_seconds);
  if (!ended) return std::unexpected(ended.error());
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
