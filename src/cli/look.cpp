#include "cli/look.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "act/target.hpp"
#include "base/clock.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/command.hpp"
#include "cli/output.hpp"
#include "cli/say.hpp"
#include "feed/replay_feed.hpp"
#include "format/local_time.hpp"
#include "format/redraw.hpp"

namespace vigie::cli {

namespace {

constexpr double default_watch_seconds = 2;

Result<double> watch_seconds(const LookOptions& options) {
  if (options.watch.empty()) return default_watch_seconds;
  Result<double> seconds = parse_duration(options.watch);
  if (seconds && *seconds < 0.1) return fail("--watch wants at least 0.1 seconds", ErrorKind::usage);
  return seconds;
}

/// Whether standard output is a terminal that understands escapes: one that does not say what it is, or says that it is
/// dumb, shows them as letters.
bool understands_escapes() {
  const char* term = std::getenv("TERM");
  return ::isatty(STDOUT_FILENO) == 1 && term != nullptr && *term != '\0' && std::string_view(term) != "dumb";
}

/// Where views go: standard output, each over the one before when it is watched on a terminal.
class Screen {
 public:
  explicit Screen(const LookOptions& options)
      : options_(options),
        redraws_(options.watching() && !options.scrolls && !options.json && !options.csv && understands_escapes()) {}

  [[nodiscard]] bool redraws() const { return redraws_; }

  Result<View> show(const Frame& frame, const Render& render) {
    ASSIGN_OR_RETURN(View view, render(frame));
    if (redraws_) view.text = over_the_last(view.text);
    RETURN_IF_ERROR(write_output(view.text));
    return view;
  }

 private:
  std::string over_the_last(std::string_view text) {
    winsize size{};
    ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
    std::string out;
    drawing_.draw(out, text, {.rows = size.ws_row, .columns = size.ws_col, .mark = may_color(options_)});
    return out;
  }

  const LookOptions& options_;
  bool redraws_;
  format::Redraw drawing_;
};

/// Tells people that a view is of a recording.
Render with_date(const LookOptions& options, const Render& render) {
  return [&](const Frame& frame) {
    Result<View> view = render(frame);
    if (view) {
      append_note(view->text, options, terminal_width() > 0,
                  fmt::format("recorded on {} at {}", safe_text(frame.snapshot->host.name),
                              format::local_time(frame.snapshot->after.wall_ns)));
    }
    return view;
  };
}

/// Shows how a recording ended, or all of it. Watched by a person, it takes its time.
Result<int> show_recording(const LookOptions& options, ReplayFeed& recording, const Render& render) {
  Screen screen(options);
  const Render dated = with_date(options, render);
  if (!options.watching()) {
    ASSIGN_OR_RETURN(Frame frame, recording.last());
    ASSIGN_OR_RETURN(View view, screen.show(frame, dated));
    return view.status;
  }
  int status = 0;
  while (true) {
    ASSIGN_OR_RETURN(std::optional<Frame> frame, recording.next());
    if (!frame) return status;
    ASSIGN_OR_RETURN(View view, screen.show(*frame, dated));
    status = view.status;
    if (screen.redraws()) std::this_thread::sleep_for(std::chrono::duration<double>((frame)->delta.elapsed_seconds));
  }
}

/// The same look at a recording.
Result<int> replay(const LookOptions& options, const FeedOptions& feed, const Render& render) {
  if (options.command->root() != "/") return fail("--replay and --root exclude each other", ErrorKind::usage);
  ASSIGN_OR_RETURN(ReplayFeed recording, ReplayFeed::open(options.replay, feed));
  Result<int> status = show_recording(options, recording, render);
  if (!recording.damage().empty()) complain("{}", recording.damage());
  return status;
}

}  // namespace

void add_look_options(Command& command, LookOptions& options, const std::string& interval) {
  options.command = &command;
  options.interval = interval;
  command.flag("--json", options.json, "one JSON document, numbers in base units, unknown is null");
  command.flag("--csv", options.csv, "CSV (RFC 4180) in base units").excludes("--json");
  command.option("-w,--watch", options.watch, "look again every SECONDS (2) until interrupted")
      .value_optional()
      .value_name("[SECONDS]");
  command
      .option("--interval", options.interval, "how long rates are measured; 0 = no rates, no wait (" + interval + ")")
      .value_name("SECONDS");
  command.flag("--no-header", options.no_header, "rows only");
  command.flag("--no-color", options.no_color, "plain text (also: NO_COLOR, or not a terminal)");
}

void add_replay_option(Command& command, LookOptions& options) {
  command.option("--replay", options.replay, "look at a recording (vigie record): how it ended, or with -w all of it")
      .value_name("FILE");
}

bool LookOptions::watching() const {
  return command != nullptr && command->given("--watch");
}

Result<int> look(const LookOptions& options, FeedOptions feed, const Render& render) {
  Result<double> interval = parse_duration(options.interval);
  RETURN_IF_ERROR(interval);
  feed.pace.interval_seconds = *interval;
  const bool watch = options.watching();
  if (watch) {
    ASSIGN_OR_RETURN(double seconds, watch_seconds(options));
    if (!options.command->given("--interval")) feed.pace.interval_seconds = seconds;
    if (feed.pace.interval_seconds <= 0) return fail("--watch needs an --interval above 0", ErrorKind::usage);
  }
  const std::optional<Sampling> sampling = sampling_of(options.command->sampling());
  if (!sampling) return fail("--sampling takes auto, reopen, keep or bpf", ErrorKind::usage);
  feed.pace.sampling = *sampling;
  if (!options.replay.empty()) return replay(options, feed, render);
  ASSIGN_OR_RETURN(Root root, Root::open(options.command->root()));

  LiveFeed live(root, feed);
  Screen screen(options);
  for (;;) {
    ASSIGN_OR_RETURN(Frame frame, live.next());
    ASSIGN_OR_RETURN(View view, screen.show(frame, render));
    if (!watch || view.last) return view.status;
  }
}

void append_table(std::string& out, const LookOptions& options, const Frame& frame, std::string_view rows_name,
                  const format::Table& table, std::span<const format::Section> more) {
  const Snapshot& snapshot = *frame.snapshot;
  if (options.json) {
    format::append_json(out, table,
                        {.rows = rows_name,
                         .host = snapshot.host.name,
                         .wall_ns = snapshot.after.wall_ns,
                         .elapsed_seconds = frame.delta.elapsed_seconds,
                         .sources = snapshot.sources,
                         .more = more},
                        options.watching());
  } else if (options.csv) {
    format::append_csv(out, table, !options.no_header);
  } else {
    format::append_text(out, table,
                        {.header = !options.no_header, .color = may_color(options), .max_width = terminal_width()});
  }
}

void append_note(std::string& out, const LookOptions& options, bool when, std::string_view note) {
  if (when && options.for_people()) fmt::format_to(std::back_inserter(out), "{}\n", note);
}

void append_late_note(std::string& out, const LookOptions& options, const Frame& frame) {
  for (const SourceStatus& source : frame.snapshot->sources) {
    append_note(out, options, source.name == "proc" && source.state == SourceState::late, source.reason);
  }
  const std::string unread = act::unread_runs(frame);
  append_note(out, options, !unread.empty(), unread);
}

Result<void> detail_failure(const Frame& frame, std::string_view what, bool denied) {
  if (frame.snapshot->details.empty()) return {};
  const pid_t pid = frame.snapshot->details.front().id.pid;
  if (denied) {
    return fail(fmt::format("may not read the {} of process {}: it belongs to another user, or changed its "
                            "rights; as root (CAP_SYS_PTRACE) it can be seen",
                            what, pid),
                ErrorKind::denied);
  }
  for (const SourceStatus& source : frame.snapshot->sources) {
    if (source.name == "detail" && source.state == SourceState::late) return fail(source.reason);
  }
  return fail(fmt::format("the {} of process {} cannot be read: it has ended, or is a kernel thread", what, pid));
}

std::size_t terminal_width() {
  winsize size{};
  if (::isatty(STDOUT_FILENO) != 1 || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

bool may_color(const LookOptions& options) {
  const char* no_color = std::getenv("NO_COLOR");
  return !options.no_color && (no_color == nullptr || *no_color == '\0') && understands_escapes();
}

std::size_t terminal_height() {
  winsize size{};
  if (::isatty(STDOUT_FILENO) != 1 || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_row;
}

views::LongPlace long_place(const LookOptions& options) {
  return {.header = !options.no_header,
          .color = may_color(options),
          .width = terminal_width(),
          .height = terminal_height()};
}

}  // namespace vigie::cli
