// vigie stat: the host over time, one row per interval, or one per CPU, disk or interface and interval.
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <vector>

#include "base/number.hpp"
#include "base/suggestion.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"
#include "cli/look/long_table.hpp"
#include "cli/look/no_gpus.hpp"
#include "cli/output.hpp"
#include "format/folded.hpp"
#include "model/gpu_use.hpp"
#include "views/stat_averages.hpp"
#include "views/stat_columns.hpp"
#include "views/stat_fit.hpp"

namespace vigie::cli {

namespace {

struct StatOptions {
  LookOptions look;
  std::vector<std::string> words;  ///< groups, then interval and count
  bool per_core = false;
  bool top = false;
};

/// The command line, understood.
struct Request {
  std::vector<const views::StatGroup*> groups;  ///< none: the overview
  views::StatRows rows = views::StatRows::host;
  double interval_seconds = 1;
  std::size_t count = 1;  ///< 0: until interrupted
  bool people = true;
};

bool is_number(std::string_view word) {
  return !word.empty() && word.front() >= '0' && word.front() <= '9';
}

Result<void> add_group(const std::string& word, Request& request) {
  const std::vector<views::StatGroup>& groups = views::stat_groups();
  if (word == "all") {
    for (const views::StatGroup& group : groups) request.groups.push_back(&group);
    return {};
  }
  const auto found = std::ranges::find(groups, word, &views::StatGroup::name);
  if (found == groups.end()) {
    std::vector<std::string> names = {"all"};
    for (const views::StatGroup& group : groups) names.emplace_back(group.name);
    std::string near = suggestion(word, names);
    if (near.empty()) near = fmt::format("; there are {}", fmt::join(names, ", "));
    return fail(fmt::format("no group \"{}\"{}", safe_text(word), near), ErrorKind::usage);
  }
  if (std::ranges::find(request.groups, &*found) == request.groups.end()) request.groups.push_back(&*found);
  return {};
}

Result<void> set_interval(const std::string& word, Request& request) {
  Result<double> seconds = parse_duration(word);
  if (!seconds) return pass(std::move(seconds));
  if (*seconds < 0.01) return fail("the interval must be at least 0.01 seconds", ErrorKind::usage);
  request.interval_seconds = *seconds;
  return {};
}

Result<void> set_count(const std::string& word, Request& request) {
  request.count = whole_number<std::size_t>(word).value_or(0);
  if (request.count == 0) {
    return fail(fmt::format("\"{}\" is no count of rows; as in: vigie stat cpu 1 10", safe_text(word)),
                ErrorKind::usage);
  }
  return {};
}

/// One group whose things can be told apart has a row for each of them.
Result<views::StatRows> rows_of(const StatOptions& options, const Request& request) {
  const bool one = request.groups.size() == 1;
  if (options.per_core) {
    if (request.groups.empty() || (one && request.groups.front()->name == "cpu")) return views::StatRows::cpus;
    return fail("--per-core goes with the group cpu alone", ErrorKind::usage);
  }
  if (one && request.groups.front()->name == "disk") return views::StatRows::disks;
  if (one && request.groups.front()->name == "net") return views::StatRows::interfaces;
  if (one && request.groups.front()->name == "gpu") return views::StatRows::gpus;
  return views::StatRows::host;
}

Result<Request> understand(const StatOptions& options) {
  Request request;
  request.people = options.look.for_people();
  std::size_t at = 0;
  while (at < options.words.size() && !is_number(options.words[at])) {
    Result<void> added = add_group(options.words[at++], request);
    if (!added) return pass(std::move(added));
  }
  const bool words_say = at < options.words.size();
  Result<void> interval = set_interval(words_say ? options.words[at++] : options.look.interval, request);
  if (!interval) return pass(std::move(interval));
  if (words_say || options.look.watching()) request.count = 0;
  if (options.look.watching() && !options.look.watch.empty()) interval = set_interval(options.look.watch, request);
  if (!interval) return pass(std::move(interval));
  if (at < options.words.size()) {
    Result<void> count = set_count(options.words[at++], request);
    if (!count) return pass(std::move(count));
  }
  if (at < options.words.size()) {
    return fail(fmt::format("\"{}\" is too much; as in: vigie stat cpu mem 1 10", safe_text(options.words[at])),
                ErrorKind::usage);
  }
  Result<views::StatRows> rows = rows_of(options, request);
  if (!rows) return pass(std::move(rows));
  request.rows = *rows;
  return request;
}

sys::Parts parts_of(const Request& request) {
  sys::Parts parts;
  if (request.rows == views::StatRows::cpus) return sys::Parts(sys::Part::cpu) | sys::Part::each_cpu;
  if (request.groups.empty()) return sys::Parts(sys::Part::cpu) | sys::Part::memory | sys::Part::paging;
  for (const views::StatGroup* group : request.groups) parts = parts | group->parts;
  return parts;
}

bool asks_gpu(const Request& request) {
  return std::ranges::any_of(request.groups, [](const views::StatGroup* group) { return group->name == "gpu"; });
}

/// Writes interval after interval below each other: columns stay where they are, and only grow.
class Stream {
 public:
  Stream(const StatOptions& options, const Request& request)
      : options_(options),
        request_(request),
        fit_(views::stat_parts(request.groups, request.rows, request.people, options.top)) {
    choose_columns();
  }

  /// The interval that this frame is, as text to write.
  std::string next(const Frame& frame) {
    const std::vector<views::StatRow> rows = views::stat_rows(frame, request_.rows, request_.people);
    std::string out;
    const std::size_t width = request_.people ? terminal_width() : 0;
    if (request_.people && fit_.fit(rows, width, true)) {
      choose_columns();
      format::append_folded(out, fit_.note(width), {.width = width});
    }
    const format::Table table = views::make_table(columns_, rows);
    if (options_.look.json) {
      append_document(out, frame, table);
    } else if (options_.look.csv) {
      format::append_csv(out, table, first_ && !options_.look.no_header);
    } else {
      text_.append(out, options_.look, table);
      averages_.add(table, frame.delta.elapsed_seconds);
    }
    first_ = false;
    return out;
  }

  /// After the last interval: what each CPU did in all of them, as mpstat has it.
  std::string end() {
    std::string out;
    if (request_.people && request_.rows == views::StatRows::cpus && averages_.intervals() > 1)
      text_.append(out, options_.look, averages_.table());
    return out;
  }

 private:
  void choose_columns() {
    columns_ = views::with_time(fit_.columns(), request_.people);
    text_ = LongTable();
    text_.keep_widths(columns_);
    averages_.begin(columns_);
  }

  void append_document(std::string& out, const Frame& frame, const format::Table& table) const {
    constexpr std::string_view names[] = {"stat", "cpus", "disks", "interfaces", "gpus"};
    format::append_json(out, table,
                        {.rows = names[static_cast<std::size_t>(request_.rows)],
                         .host = frame.snapshot->host.name,
                         .wall_ns = frame.snapshot->before.wall_ns,
                         .elapsed_seconds = frame.delta.elapsed_seconds,
                         .sources = frame.snapshot->sources},
                        request_.count != 1);
  }

  const StatOptions& options_;
  const Request& request_;
  views::StatFit fit_;
  std::vector<views::StatColumn> columns_;
  LongTable text_;
  views::StatAverages averages_;
  bool first_ = true;
};

/// Ctrl-C ends an endless look, not before it has said what it saw.
volatile std::sig_atomic_t interrupted = 0;

void note_interrupts() {
  struct sigaction action{};
  action.sa_handler = [](int) { interrupted = 1; };
  action.sa_flags = SA_RESETHAND;  // the next one ends at once
  ::sigaction(SIGINT, &action, nullptr);
}

Result<int> run_stat(const StatOptions& options) {
  Result<Request> request = understand(options);
  if (!request) return pass(std::move(request));
  Result<Root> root = Root::open(options.look.command->root());
  if (!root) return pass(std::move(root));
  FeedOptions feed;
  feed.interval_seconds = request->interval_seconds;
  feed.host = parts_of(*request);
  feed.processes = feed.runs = options.top;
  if (asks_gpu(*request)) feed.gpus = request->rows == views::StatRows::gpus ? GpuWish::needed : GpuWish::if_there;
  if (options.top) feed.fields = proc::Field::io;
  LiveFeed live(*root, feed);
  Stream stream(options, *request);
  constexpr double short_enough = 2;  // seconds: the rest of an interval is waited for
  const bool averages = request->people && request->rows == views::StatRows::cpus;
  if (averages && request->interval_seconds <= short_enough) note_interrupts();
  for (std::size_t row = 0; request->count == 0 || row < request->count; ++row) {
    Result<Frame> frame = live.next();
    if (interrupted != 0) break;
    if (!frame) return pass(std::move(frame));
    const bool none = request->rows == views::StatRows::gpus && !has_gpus(*frame);
    if (none && !options.look.json) return no_gpus(*frame);
    Result<void> written = write_output(stream.next(*frame));
    if (!written) return pass(std::move(written));
    if (none) return exit_status(no_gpus(*frame).error().kind);
  }
  if (Result<void> written = write_output(stream.end()); !written) return pass(std::move(written));
  return interrupted != 0 ? 128 + SIGINT : 0;
}

}  // namespace

void define_stat(Command& command) {
  auto options = std::make_shared<StatOptions>();
  command.examples(
      "Examples:\n"
      "  vigie stat 1                  as vmstat 1: threads, memory, swap, disks, interrupts, CPU; until Ctrl-C\n"
      "  vigie stat 1 10               ten rows; each is a real interval, the first too\n"
      "  vigie stat disk 1             as iostat -x 1: requests, bytes, latency, queue and use of each disk\n"
      "  vigie stat net 1              bytes, packets, errors and drops of each interface\n"
      "  vigie stat gpu 1              as nvidia-smi dmon: power, heat, use and clocks; SM, tensor cores, links\n"
      "  vigie stat cpu --per-core 1   as mpstat -P ALL 1: where one CPU is busy and the others wait\n"
      "  vigie stat all --top 1        everything in one row, with who uses CPU, disk and memory most\n"
      "  vigie stat psi mem --json 5   one JSON document per line");
  command
      .option("groups", options->words,
              "cpu mem disk net gpu psi proc all, then INTERVAL (seconds) and COUNT; alone, disk, net and gpu have a "
              "row each")
      .value_name("[GROUP...] [INTERVAL [COUNT]]");
  command.flag("--per-core", options->per_core, "a row for each CPU");
  command.flag("--top", options->top, "who uses CPU, disks and memory most: runs by name, or processes");
  add_look_options(command, options->look);
  command.does([options] { return run_stat(*options); });
}

}  // namespace vigie::cli
