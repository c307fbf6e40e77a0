// vigie stat: the host over time, one row per interval, or one per CPU, disk or interface and interval.
#include <csignal>
#include <memory>
#include <vector>

#include "cli/command.hpp"
#include "cli/look.hpp"
#include "cli/output.hpp"
#include "format/folded.hpp"
#include "model/gpu_use.hpp"
#include "views/no_gpus.hpp"
#include "views/stat_averages.hpp"
#include "views/stat_columns.hpp"
#include "views/stat_fit.hpp"
#include "views/stat_request.hpp"

namespace vigie::cli {

namespace {

struct StatOptions {
  LookOptions look;
  std::vector<std::string> words;  ///< groups, then interval and count
  bool per_core = false;
  bool top = false;
};

/// Writes interval after interval below each other: columns stay where they are, and only grow.
class Stream {
 public:
  Stream(const StatOptions& options, const views::StatRequest& request)
      : options_(options),
        request_(request),
        people_(options.look.for_people()),
        fit_(views::stat_parts(request.groups, request.rows, people_, options.top)) {
    choose_columns();
  }

  /// The interval that this frame is, as text to write.
  std::string next(const Frame& frame) {
    const std::vector<views::StatRow> rows = views::stat_rows(frame, request_.rows, people_);
    std::string out;
    const std::size_t width = people_ ? terminal_width() : 0;
    if (people_ && fit_.fit(rows, width, true)) {
      choose_columns();
      format::append_folded(out, fit_.note(width), {.width = width});
    }
    const format::Table table = views::make_table(columns_, rows);
    if (options_.look.json) {
      append_document(out, frame, table);
    } else if (options_.look.csv) {
      format::append_csv(out, table, first_ && !options_.look.no_header);
    } else {
      text_.append(out, long_place(options_.look), table);
      averages_.add(table, frame.delta.elapsed_seconds);
    }
    first_ = false;
    return out;
  }

  /// After the last interval: the averages of each CPU over all of them, as mpstat has it.
  std::string end() {
    std::string out;
    if (people_ && request_.rows == views::StatRows::cpus && averages_.intervals() > 1)
      text_.append(out, long_place(options_.look), averages_.table());
    return out;
  }

 private:
  void choose_columns() {
    columns_ = views::with_time(fit_.columns(), people_);
    text_ = views::LongTable();
    text_.keep_widths(columns_);
    averages_.begin(columns_);
  }

  void append_document(std::string& out, const Frame& frame, const format::Table& table) const {
    format::append_json(out, table,
                        {.rows = views::name_of(request_.rows),
                         .host = frame.snapshot->host.name,
                         .wall_ns = frame.snapshot->before.wall_ns,
                         .elapsed_seconds = frame.delta.elapsed_seconds,
                         .sources = frame.snapshot->sources},
                        request_.count != 1);
  }

  const StatOptions& options_;
  const views::StatRequest& request_;
  bool people_;
  views::StatFit fit_;
  std::vector<views::StatColumn> columns_;
  views::LongTable text_;
  views::StatAverages averages_;
  bool first_ = true;
};

/// Ctrl-C ends an endless look, but only after its summary.
volatile std::sig_atomic_t interrupted = 0;

void note_interrupts() {
  struct sigaction action{};
  action.sa_handler = [](int) { interrupted = 1; };
  action.sa_flags = SA_RESETHAND;  // the next one ends at once
  ::sigaction(SIGINT, &action, nullptr);
}

Result<int> run_stat(const StatOptions& options) {
  ASSIGN_OR_RETURN(views::StatRequest request, views::stat_request({.words = options.words,
                                                                    .interval = options.look.interval,
                                                                    .per_core = options.per_core,
                                                                    .again = options.look.watching(),
                                                                    .again_seconds = options.look.watch}));
  ASSIGN_OR_RETURN(Root root, Root::open(options.look.command->root()));
  FeedOptions feed;
  feed.pace.interval_seconds = request.interval_seconds;
  feed.what.host = request.parts();
  feed.what.processes = feed.what.runs = options.top;
  if (request.asks_gpus()) feed.what.gpus = request.rows == views::StatRows::gpus ? GpuWish::needed : GpuWish::if_there;
  if (options.top) feed.what.fields = proc::Field::io;
  LiveFeed live(root, feed);
  Stream stream(options, request);
  constexpr double short_enough = 2;  // seconds: the rest of an interval is waited for
  const bool averages = options.look.for_people() && request.rows == views::StatRows::cpus;
  if (averages && request.interval_seconds <= short_enough) note_interrupts();
  for (std::size_t row = 0; request.count == 0 || row < request.count; ++row) {
    Result<Frame> frame = live.next();
    if (interrupted != 0) break;
    RETURN_IF_ERROR(frame);
    const bool none = request.rows == views::StatRows::gpus && !has_gpus(*frame);
    if (none && !options.look.json) return views::no_gpus(*frame);
    RETURN_IF_ERROR(write_output(stream.next(*frame)));
    if (none) return exit_status(views::no_gpus(*frame).error().kind);
  }
  RETURN_IF_ERROR(write_output(stream.end()));
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
