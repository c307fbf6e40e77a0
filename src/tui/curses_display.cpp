#include "tui/curses_display.hpp"

#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <string>
#include <utility>

#include "act/program.hpp"
#include "base/fd.hpp"
#include "base/text.hpp"
#include "tui/slow_line.hpp"
#include "tui/terminal_guard.hpp"
#include "tui/terminal_name.hpp"

#define NCURSES_NOMACROS 1
#define NCURSES_WIDECHAR 1
#include <curses.h>

namespace vigie::tui {
namespace {

constexpr std::array events_of_terminal{SIGWINCH, SIGTSTP, SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGQUIT};

sigset_t signals_of_terminal() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : events_of_terminal) ::sigaddset(&set, number);
  return set;
}

Size size_of_terminal() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return {};
  return {.rows = size.ws_row, .columns = size.ws_col};
}

Key::Code code_of(wint_t code) {
  switch (code) {
    case KEY_UP: return Key::Code::up;
    case KEY_DOWN: return Key::Code::down;
    case KEY_LEFT: return Key::Code::left;
    case KEY_RIGHT: return Key::Code::right;
    case KEY_PPAGE: return Key::Code::page_up;
    case KEY_NPAGE: return Key::Code::page_down;
    case KEY_HOME: return Key::Code::home;
    case KEY_END: return Key::Code::end;
    case KEY_ENTER: return Key::Code::enter;
    case KEY_BACKSPACE: return Key::Code::backspace;
    case KEY_DC: return Key::Code::del;
    case KEY_BTAB: return Key::Code::back_tab;
    default: break;
  }
  if (code < KEY_F(1) || code > KEY_F(10)) return Key::Code::none;
  return static_cast<Key::Code>(static_cast<int>(Key::Code::f1) + static_cast<int>(code - KEY_F(1)));
}

Key key_of_character(wint_t character) {
  switch (character) {
    case '\r':
    case '\n': return {.code = Key::Code::enter};
    case 0x1b: return {.code = Key::Code::escape};
    case 0x08:
    case 0x7f: return {.code = Key::Code::backspace};
    case '\t': return {.code = Key::Code::tab};
    default: return Key::of(static_cast<char32_t>(character));
  }
}

class CursesDisplay final : public Display {
 public:
  CursesDisplay(std::unique_ptr<TerminalGuard> guard, SCREEN* screen, Fd signals, sigset_t mask_before,
                std::string remark, bool colours)
      : guard_(std::move(guard)),
        screen_(screen),
        signals_(std::move(signals)),
        mask_before_(mask_before),
        remark_(std::move(remark)) {
    ::set_term(screen);
    ::cbreak();
    ::noecho();
    ::nonl();
    ::keypad(stdscr, TRUE);
    ::nodelay(stdscr, TRUE);
    ::leaveok(stdscr, TRUE);
    ::curs_set(0);
    if (line_.is_slow()) ::typeahead(-1);  // what the backlog gave is written now, not with the next piece
    begin_colours(colours);
  }

  ~CursesDisplay() override {
    leave();
    ::delscreen(screen_);
    // What came meanwhile was for this display: it must not end the program now.
    signalfd_siginfo unread{};
    while (::read(signals_.get(), &unread, sizeof unread) == sizeof unread) {
    }
    ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
  }

  [[nodiscard]] Size size() const override { return size_; }
  [[nodiscard]] std::string remark() const override { return remark_.empty() ? line_.remark() : remark_; }

  void redraw() override {
    ::clearok(stdscr, TRUE);
    backlog_.forget();
  }

  /// Signals that came meanwhile are answered afterwards; of those about the size, the size alone counts.
  [[nodiscard]] Result<std::string> lend(const std::vector<std::string>& words) override {
    leave();
    Result<std::string> said = act::lend_terminal(words);
    ::reset_prog_mode();
    redraw();
    ::raise(SIGWINCH);
    return said;
  }

  [[nodiscard]] std::vector<pollfd> waits() const override {
    std::vector<pollfd> fds{{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0},
                            {.fd = signals_.get(), .events = POLLIN, .revents = 0}};
    if (blocked_) fds.push_back({.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0});
    return fds;
  }

  Result<void> show(const Grid& grid) override {
    backlog_.want(grid);
    return go_on_showing();
  }

  /// As much as the line takes at once; all of it, where it is fast.
  Result<void> go_on_showing() override {
    if (!has_size_) return fail("the terminal lost its size: stty rows 24 columns 80 gives it one");
    blocked_ = !backlog_.is_empty() && !is_writable();  // stopped by Ctrl-S, or nothing reads it
    const int room = line_.room();
    if (blocked_ || room == 0 || backlog_.is_empty()) return {};
    if (backlog_.take_erase()) ::werase(stdscr);
    int bytes = 0;
    for (const Backlog::Piece& piece : backlog_.take(room)) {
      write_cell(piece.row, piece.column, *piece.cell);
      bytes += piece.bytes;
    }
    {
      const EndableWrite endable;
      ::wrefresh(stdscr);
    }
    line_.wrote(bytes);
    return {};
  }

  [[nodiscard]] bool busy() const override { return !backlog_.is_empty(); }
  [[nodiscard]] int patience_ms() const override {
    constexpr int usual = 1000;
    return backlog_.is_empty() || blocked_ ? usual : line_.wait_ms();
  }

  [[nodiscard]] std::vector<Event> events() override {
    std::vector<Event> events;
    take_signals(events);
    take_keys(events);
    return events;
  }

 private:
  void begin_colours(bool wanted) {
    colours_ = Colours::none;
    if (!wanted || !::has_colors() || ::start_color() != OK) return;
    ::use_default_colors();
    colours_ = COLORS >= 256 ? Colours::many : COLORS >= 8 ? Colours::sixteen : Colours::none;
    for (std::size_t role = 0; role < roles && colours_ != Colours::none; ++role) {
      const Look look = look_of(static_cast<Role>(role), colours_);
      ::init_pair(static_cast<short>(role + 1), static_cast<short>(look.foreground),
                  static_cast<short>(look.background));
    }
  }

  void write_cell(int row, int column, const Cell& cell) const {
    if (cell.text.empty()) return;  // written with the character before it
    wchar_t text[CCHARW_MAX + 1] = {};
    std::size_t count = 0;
    bool valid = true;
    for (std::size_t position = 0; position < cell.text.size() && count < CCHARW_MAX;)
      text[count++] = static_cast<wchar_t>(next_code_point(cell.text, position, valid));
    const Look look = look_of(cell.role, colours_);
    const attr_t attributes =
        (look.bold ? A_BOLD : 0U) | (look.reverse ? A_REVERSE : 0U) | (look.underline ? A_UNDERLINE : 0U);
    const short pair = colours_ == Colours::none ? short{0} : static_cast<short>(static_cast<int>(cell.role) + 1);
    cchar_t character{};
    if (::setcchar(&character, text, attributes, pair, nullptr) == OK) ::mvwadd_wch(stdscr, row, column, &character);
  }

  void take_signals(std::vector<Event>& events) {
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
      switch (static_cast<int>(info.ssi_signo)) {
        case SIGWINCH: resized(events); break;
        case SIGTSTP: stop(); break;
        case SIGCONT: go_on(events); break;
        default: events.push_back({.kind = Event::Kind::closed}); break;
      }
    }
  }

  /// A terminal that lost its size shows nothing any more: the next picture fails.
  void resized(std::vector<Event>& events) {
    const Size now = size_of_terminal();
    events.push_back({.kind = Event::Kind::resize});
    has_size_ = now.rows > 0 && now.columns > 0;
    if (!has_size_) return;
    ::resizeterm(now.rows, now.columns);
    size_ = now;
    backlog_.forget();
  }

  /// Gives the terminal back. A terminal that has taken nothing for so long is given back as it is.
  static void leave() {
    constexpr unsigned seconds = 2;
    const EndableWrite endable(seconds);
    ::endwin();
  }

  /// Gives the terminal back and stops, as Ctrl-Z wants; SIGCONT goes on.
  static void stop() {
    leave();
    ::kill(::getpid(), SIGSTOP);
  }

  /// The shell has set the terminal for itself meanwhile.
  void go_on(std::vector<Event>& events) {
    ::reset_prog_mode();
    redraw();
    resized(events);
  }

  void take_keys(std::vector<Event>& events) {
    const std::size_t before = events.size();
    wint_t character = 0;
    for (int kind = ::wget_wch(stdscr, &character); kind != ERR; kind = ::wget_wch(stdscr, &character)) {
      const Key key = kind == KEY_CODE_YES ? Key{.code = code_of(character)} : key_of_character(character);
      if (key.code != Key::Code::none) events.push_back({.kind = Event::Kind::key, .key = key});
    }
    if (events.size() == before && is_closed()) events.push_back({.kind = Event::Kind::closed});
  }

  static bool is_writable() {
    pollfd output{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
    return ::poll(&output, 1, 0) > 0;
  }

  /// Readable, and nothing to read: the other side of the terminal is gone.
  static bool is_closed() {
    pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    if (::poll(&input, 1, 0) <= 0) return false;
    int unread = 0;
    return (input.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0 ||
           (::ioctl(STDIN_FILENO, FIONREAD, &unread) != 0 || unread == 0);
  }

  std::unique_ptr<TerminalGuard> guard_;
  SCREEN* screen_;
  Fd signals_;
  sigset_t mask_before_;
  std::string remark_;
  Colours colours_ = Colours::none;
  Size size_ = size_of_terminal();
  SlowLine line_ = SlowLine::of_terminal(STDOUT_FILENO);
  Backlog backlog_;
  bool blocked_ = false;
  bool has_size_ = true;
};

}  // namespace

Result<std::unique_ptr<Display>> open_terminal(bool colours) {
  if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDOUT_FILENO) != 1)
    return fail("vigie top takes a terminal; into a file or a pipe: vigie ps, vigie stat", ErrorKind::usage);
  const Size size = size_of_terminal();
  if (size.rows <= 0 || size.columns <= 0)
    return fail("this terminal has no size: stty rows 24 columns 80 gives it one", ErrorKind::usage);
  ASSIGN_OR_RETURN(const TerminalName terminal, choose_terminal());
  sigset_t mask_before{};
  const sigset_t mine = signals_of_terminal();
  ::pthread_sigmask(SIG_BLOCK, &mine, &mask_before);
  Fd signals(::signalfd(-1, &mine, SFD_NONBLOCK | SFD_CLOEXEC));
  ::set_escdelay(25);                              // milliseconds: a lone Esc is answered at once
  auto guard = std::make_unique<TerminalGuard>();  // before ncurses sets the terminal for itself
  ::use_env(FALSE);  // LINES and COLUMNS that a shell exported say how large a terminal was, its driver how large it is
  ::use_tioctl(TRUE);
  SCREEN* const screen = ::newterm(terminal.name.c_str(), stdout, stdin);
  if (!signals || screen == nullptr) {
    ::pthread_sigmask(SIG_SETMASK, &mask_before, nullptr);
    return fail("this terminal cannot be drawn on");
  }
  return std::make_unique<CursesDisplay>(std::move(guard), screen, std::move(signals), mask_before, terminal.remark,
                                         colours);
}

}  // namespace vigie::tui
