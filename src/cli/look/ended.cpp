#include "cli/look/ended.hpp"

#include <fmt/format.h>
#include <sys/wait.h>
#include <time.h>

#include <algorithm>
#include <optional>
#include <span>

#include "act/pattern.hpp"
#include "base/suggestion.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/command.hpp"
#include "cli/look/long_table.hpp"
#include "cli/look/process_rows.hpp"
#include "cli/look/sorting.hpp"
#include "runs/ended.hpp"

namespace vigie::cli {

namespace {

using format::Cell;
using format::cell_of;
using format::JsonWriter;

struct EndedRow {
  const Frame* frame = nullptr;
  const EndedProcess* process = nullptr;
  std::span<const pid_t> ancestors;
  int run = -1;
};

struct EndedColumn {
  std::string_view name;
  Cell (*cell)(const EndedRow&) = nullptr;
  /// As people read it, where that is not what its unit says; nullptr for most.
  Cell (*people)(const EndedRow&) = nullptr;
  void (*json)(JsonWriter&, const EndedRow&) = nullptr;
};

Cell elapsed_cell(const EndedRow& row) {
  const EndedProcess& process = *row.process;
  if (!process.started || !process.ended) return Presence::unknown;
  return std::max(0.0, static_cast<double>(*process.ended - *process.started) / nanoseconds_per_second);
}

Cell cpu_cell(const EndedRow& row) {
  if (!row.process->cpu_ticks) return row.process->cpu_ticks.presence();
  return static_cast<double>(*row.process->cpu_ticks) / ticks_per_second;
}

/// "0.4ms", "12ms", and from a second on as every duration.
Cell short_duration(const Cell& cell) {
  const double* const seconds = std::get_if<double>(&cell);
  if (seconds == nullptr) return cell;
  if (*seconds >= 0.9995) return human_duration(*seconds);
  return *seconds < 0.00995 ? fmt::format("{:.1f}ms", *seconds * 1000) : fmt::format("{:.0f}ms", *seconds * 1000);
}

/// The kernel counts in ticks of 10 ms: what took less is not nothing.
Cell cpu_for_people(const EndedRow& row) {
  const Reading<std::uint64_t>& ticks = row.process->cpu_ticks;
  return ticks && *ticks == 0 ? Cell(std::string_view("<10ms")) : short_duration(cpu_cell(row));
}

/// Of a boot time in nanoseconds. The wall clock is that of the look.
Cell wall_cell(const EndedRow& row, const Reading<std::int64_t>& boot_ns) {
  if (!boot_ns) return boot_ns.presence();
  const Instant& after = row.frame->snapshot->after;
  return after.wall_ns - after.boot_ns + *boot_ns;
}

Cell end_cell(const EndedRow& row) {
  return wall_cell(row, row.process->ended);
}

Cell time_of_day_cell(const EndedRow& row) {
  Cell cell = end_cell(row);
  const auto* const wall_ns = std::get_if<std::int64_t>(&cell);
  if (wall_ns == nullptr) return cell;
  const auto seconds = static_cast<time_t>(*wall_ns / nanoseconds_per_second);
  struct tm parts{};
  char text[16];
  if (::localtime_r(&seconds, &parts) == nullptr) return Presence::unknown;
  return std::string(text, ::strftime(text, sizeof text, "%H:%M:%S", &parts));
}

Cell exit_cell(const EndedRow& row) {
  const Reading<int>& status = row.process->wait_status;
  if (!status) return status.presence();
  return describe_wait_status(*status);
}

void exit_json(JsonWriter& writer, const EndedRow& row) {
  const Reading<int>& status = row.process->wait_status;
  if (!status) {
    writer.null();
    return;
  }
  const bool signal = WIFSIGNALED(*status);
  writer.begin_object();
  writer.member("code", signal ? std::nullopt : std::optional(WEXITSTATUS(*status)));
  writer.member("signal", signal ? std::optional(WTERMSIG(*status)) : std::nullopt);
  writer.member("core_dumped", signal && WCOREDUMP(*status));
  writer.member("reason", describe_wait_status(*status));
  writer.end_object();
}

Cell parent_cell(const EndedRow& row) {
  const Snapshot& snapshot = *row.frame->snapshot;
  if (const ProcessSample* alive = snapshot.find_pid(row.process->ppid)) return std::string_view(alive->comm);
  for (const EndedProcess& other : snapshot.ended) {
    if (other.id.pid == row.process->ppid) return cell_of(other.comm);
  }
  return Presence::unknown;
}

Cell run_cell(const EndedRow& row) {
  if (row.run < 0) return Presence::unsupported;
  return std::string_view(row.frame->view.runs[static_cast<std::size_t>(row.run)].name);
}

Cell user_cell(const EndedRow& row) {
  const Reading<uid_t>& uid = row.process->uid;
  if (!uid) return uid.presence();
  return user_name(*row.frame->snapshot, *uid);
}

Cell command_cell(const EndedRow& row) {
  const Reading<std::string> text = command_text(*row.process);
  if (!text) return text.presence();
  return *text;
}

/// All columns, in the order of JSON.
constexpr EndedColumn all_columns[] = {
    {"end_time", end_cell, time_of_day_cell},
    {"pid", [](const EndedRow& row) -> Cell { return std::int64_t{row.process->id.pid}; }},
    {"ppid",
     [](const EndedRow& row) -> Cell {
       return row.process->ppid > 0 ? Cell(std::int64_t{row.process->ppid}) : Cell(Presence::unknown);
     }},
    {"parent", parent_cell},
    {"user", user_cell},
    {"exit", exit_cell, nullptr, exit_json},
    {"elapsed_seconds", elapsed_cell, [](const EndedRow& row) { return short_duration(elapsed_cell(row)); }},
    {"cpu_seconds", cpu_cell, cpu_for_people},
    {"run", run_cell},
    {"command", command_cell},
    {"comm", [](const EndedRow& row) { return cell_of(row.process->comm); }},
    {"start_time", [](const EndedRow& row) { return wall_cell(row, row.process->started); }},
    {"session", [](const EndedRow& row) { return cell_of(row.process->session); }},
    {"uid", [](const EndedRow& row) { return cell_of(row.process->uid); }},
};

Result<EndedColumn> column_named(const std::string& name) {
  const auto* const found = std::ranges::find(all_columns, without_alias(name), &EndedColumn::name);
  if (found != std::end(all_columns)) return *found;
  std::vector<std::string> known;
  for (const EndedColumn& column : all_columns) known.emplace_back(column.name);
  std::string near = suggestion(name, known);
  if (near.empty()) near = fmt::format("; there are {}", fmt::join(known, ", "));
  return fail(fmt::format("no column \"{}\" of processes that ended{}", safe_text(name), near), ErrorKind::usage);
}

struct SortKey {
  EndedColumn column;
  bool descending = false;
};

/// The command line, checked and looked up.
struct Request {
  std::vector<EndedColumn> columns;
  std::vector<SortKey> sort;
  pid_t pid = 0;  ///< when the target is one
  std::optional<act::Pattern> pattern;
  bool people = true;
};

Result<std::vector<EndedColumn>> chosen_columns(const EndedOptions& options, bool people) {
  std::vector<std::string> names = options.columns;
  if (names.empty() && people) {
    names = {"exit", "elapsed_seconds", "cpu_seconds", "pid", "ppid", "parent", "user", "run", "command"};
    if (options.look.watching()) names.insert(names.begin(), "end_time");
  }
  if (names.empty()) return std::vector<EndedColumn>(std::begin(all_columns), std::end(all_columns));
  std::vector<EndedColumn> columns;
  for (const std::string& name : names) {
    Result<EndedColumn> column = column_named(name);
    if (!column) return pass(std::move(column));
    columns.push_back(*column);
  }
  return columns;
}

Result<Request> understand(const EndedOptions& options) {
  Request request;
  request.people = !options.look.json && !options.look.csv;
  Result<std::vector<EndedColumn>> columns = chosen_columns(options, request.people);
  if (!columns) return pass(std::move(columns));
  request.columns = std::move(*columns);
  for (const std::string& name : options.sort) {
    const bool descending = name.starts_with('-');
    Result<EndedColumn> column = column_named(name.substr(descending || name.starts_with('+') ? 1 : 0));
    if (!column) return pass(std::move(column));
    request.sort.push_back({*column, descending});
  }
  const std::string& text = options.target;
  if (text.empty() || options.exact) return request;
  if (text.find_first_not_of("0123456789") == std::string::npos && text.size() < 10) {
    request.pid = static_cast<pid_t>(std::stol(text));
    return request;
  }
  Result<act::Pattern> pattern = act::Pattern::compile(std::string_view(text).substr(text.front() == '%' ? 1 : 0));
  if (!pattern) return pass(std::move(pattern));
  request.pattern = std::move(*pattern);
  return request;
}

/// A run of that name means its processes; a pattern that is no run's name is one over command lines.
bool is_chosen(const EndedRow& row, const EndedOptions& options, const Request& request, int named_run) {
  const EndedProcess& process = *row.process;
  if (!options.users.empty() && (!process.uid || std::ranges::find(options.users, *process.uid) == options.users.end()))
    return false;
  if (options.target.empty()) return true;
  if (options.exact) return process.comm && *process.comm == options.target;
  if (request.pid > 0) {
    return process.id.pid == request.pid || std::ranges::find(row.ancestors, request.pid) != row.ancestors.end();
  }
  if (named_run >= 0) return row.run == named_run;
  const Reading<std::string> command = command_text(process);
  return command && request.pattern->matches(*command);
}

std::vector<EndedRow> rows_of(const Frame& frame, const EndedOptions& options, const Request& request,
                              const std::vector<std::vector<pid_t>>& ancestors) {
  const Snapshot& snapshot = *frame.snapshot;
  const std::vector<int> runs = runs_of_ended(snapshot, frame.view, ancestors);
  const auto named = std::ranges::find_if(frame.view.runs, [&](const Run& run) {
    return !options.target.empty() && (run.name == options.target || run.id == options.target);
  });
  const int named_run = named == frame.view.runs.end() ? -1 : static_cast<int>(named - frame.view.runs.begin());
  std::vector<EndedRow> rows;
  for (std::size_t index = 0; index < snapshot.ended.size(); ++index) {
    const EndedRow row{
        .frame = &frame, .process = &snapshot.ended[index], .ancestors = ancestors[index], .run = runs[index]};
    if (is_chosen(row, options, request, named_run)) rows.push_back(row);
  }
  // Sorting is stable: by the last key first.
  for (auto key = request.sort.rbegin(); key != request.sort.rend(); ++key) {
    sort_by(rows, key->column.cell, key->descending);
  }
  if (options.count > 0 && rows.size() > options.count) rows.resize(options.count);
  return rows;
}

/// Writes look after look below each other.
class Stream {
 public:
  Stream(const EndedOptions& options, const Request& request) : options_(options), request_(request) {
    for (const EndedColumn& column : request.columns) {
      columns_.push_back({&metric(column.name), request.people && column.people ? column.people : column.cell, {}});
      if (column.json != nullptr) columns_.back().json = column.json;
    }
    if (!request.people) return;
    text_.keep_widths(columns_);
    constexpr std::pair<std::string_view, std::uint8_t> narrow[] = {
        {"end_time", 8}, {"elapsed_seconds", 5}, {"cpu_seconds", 5}, {"pid", 5}, {"ppid", 5}, {"user", 4}, {"run", 3}};
    for (const auto& [name, width] : narrow) text_.set_width(name, width);
  }

  View next(const Frame& frame) {
    const std::vector<std::vector<pid_t>> ancestors = ancestors_of_ended(*frame.snapshot);
    const std::vector<EndedRow> rows = rows_of(frame, options_, request_, ancestors);
    View view{.text = {}, .status = rows.empty() && !options_.target.empty() ? 1 : 0};
    if (options_.pids) {
      for (const EndedRow& row : rows) view.text += fmt::format("{}\n", row.process->id.pid);
      return view;
    }
    const format::Table table =
        format::make_table(std::span<const format::Column<EndedRow>>(columns_), std::span<const EndedRow>(rows));
    if (options_.look.json) {
      append_table(view.text, options_.look, frame, "ended", table);
    } else if (options_.look.csv) {
      format::append_csv(view.text, table, first_ && !options_.look.no_header);
    } else {
      text_.append(view.text, options_.look, table);
      append_notes(view.text, frame, rows.empty());
    }
    first_ = false;
    return view;
  }

 private:
  void append_notes(std::string& out, const Frame& frame, bool nothing) const {
    append_note(out, options_.look, nothing && !options_.look.watching(),
                fmt::format("(no{} process ended within {})", options_.target.empty() ? "" : " such",
                            human_duration(frame.delta.elapsed_seconds)));
    for (const SourceStatus& source : frame.snapshot->sources) {
      append_note(out, options_.look, source.name == "events" && source.state != SourceState::ok,
                  "(" + source.reason + ")");
    }
  }

  const EndedOptions& options_;
  const Request& request_;
  std::vector<format::Column<EndedRow>> columns_;
  LongTable text_;
  bool first_ = true;
};

}  // namespace

Result<int> look_at_ended(const EndedOptions& options) {
  Result<Request> request = understand(options);
  if (!request) return pass(std::move(request));
  Result<double> interval = parse_duration(options.look.interval);
  if (!interval) return pass(std::move(interval));
  if (*interval <= 0) return fail("--ended needs an --interval above 0: the time to look for", ErrorKind::usage);
  FeedOptions feed;
  feed.fields = proc::Field::cmdline;
  feed.events = true;
  LookOptions look_options = options.look;
  look_options.scrolls = true;
  Stream stream(options, *request);
  return look(look_options, feed, [&](const Frame& frame) -> Result<View> { return stream.next(frame); });
}

}  // namespace vigie::cli
