#include "cli/look/syscalls_trace.hpp"

#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"
#include "cli/say.hpp"

namespace vigie::cli {

namespace {

using format::Cell;
using format::cell_of;
using format::Column;
using format::JsonWriter;

struct CallRow {
  const TracedCall* call = nullptr;
  const TracedCallRates* rates = nullptr;
  std::vector<ErrorCount> errors;  ///< most frequent first
};

struct FileRow {
  const TracedFile* file = nullptr;
  const TracedFileRates* rates = nullptr;
};

constexpr double ns_per_microsecond = 1e3;
constexpr double ns_per_millisecond = 1e6;

Cell in_microseconds(const Reading<double>& ns) {
  return ns ? Cell(*ns / ns_per_microsecond) : Cell(ns.presence());
}

Cell number(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

Cell errors_cell(const CallRow& row) {
  std::string text;
  for (const ErrorCount& error : row.errors) {
    fmt::format_to(std::back_inserter(text), "{}{} {}", text.empty() ? "" : ", ", name_of_error(error.errno_value),
                   error.count);
  }
  return text;
}

void write_errors(JsonWriter& writer, const CallRow& row) {
  writer.begin_object();
  for (const ErrorCount& error : row.errors) writer.member(name_of_error(error.errno_value), error.count);
  writer.end_object();
}

const std::vector<Column<CallRow>>& call_columns() {
  using Row = CallRow;
  static const std::vector<Column<Row>> all = {
      {&metric("call"), [](const Row& row) -> Cell { return std::string_view(row.call->name); }, {}},
      {&metric("calls"), [](const Row& row) { return number(row.call->calls); }, {}},
      {&metric("unfinished_calls"), [](const Row& row) { return number(row.call->unfinished); }, {}},
      {&metric("call_errors"), [](const Row& row) { return number(count_of(row.errors)); }, {}},
      {&metric("calls_per_second"), [](const Row& row) -> Cell { return row.rates->calls_per_second; }, {}},
      {&metric("call_milliseconds"),
       [](const Row& row) -> Cell { return row.rates->time_ns / ns_per_millisecond; },
       {}},
      {&metric("call_time_percent"), [](const Row& row) -> Cell { return row.rates->time_percent; }, {}},
      {&metric("mean_microseconds"), [](const Row& row) { return in_microseconds(row.rates->mean_ns); }, {}},
      {&metric("p99_microseconds"), [](const Row& row) { return in_microseconds(row.rates->p99_ns); }, {}},
      {&metric("max_microseconds"), [](const Row& row) -> Cell { return row.rates->max_ns / ns_per_microsecond; }, {}},
      {&metric("error_counts"), errors_cell, write_errors},
  };
  return all;
}

/// What fits 80 columns.
const std::vector<Column<CallRow>>& call_text_columns() {
  static const std::vector<Column<CallRow>> chosen = [] {
    std::vector<Column<CallRow>> some;
    for (const Column<CallRow>& column : call_columns()) {
      const std::string_view name = column.metric->name;
      if (name != "unfinished_calls" && name != "p99_microseconds") some.push_back(column);
    }
    return some;
  }();
  return chosen;
}

Cell path_cell(const FileRow& row) {
  return row.file->path.empty() ? Cell(std::string_view("(all other files)")) : Cell(std::string_view(row.file->path));
}

const std::vector<Column<FileRow>>& file_columns() {
  using Row = FileRow;
  static const std::vector<Column<Row>> all = {
      {&metric("calls"), [](const Row& row) { return number(row.file->calls); }, {}},
      {&metric("call_errors"), [](const Row& row) { return number(row.file->errors); }, {}},
      {&metric("read_bytes"), [](const Row& row) { return number(row.file->read_bytes); }, {}},
      {&metric("written_bytes"), [](const Row& row) { return number(row.file->written_bytes); }, {}},
      {&metric("call_milliseconds"),
       [](const Row& row) -> Cell { return row.rates->time_ns / ns_per_millisecond; },
       {}},
      {&metric("call_time_percent"), [](const Row& row) -> Cell { return row.rates->time_percent; }, {}},
      {&metric("mean_microseconds"), [](const Row& row) { return in_microseconds(row.rates->mean_ns); }, {}},
      {&metric("max_microseconds"),
       [](const Row& row) -> Cell { return static_cast<double>(row.file->max_ns) / ns_per_microsecond; },
       {}},
      {&metric("path"), path_cell, {}},
  };
  return all;
}

std::vector<CallRow> call_rows(const Frame& frame) {
  std::vector<CallRow> rows;
  const std::vector<TracedCall>& calls = frame.snapshot->trace->calls;
  for (std::size_t index = 0; index < calls.size(); ++index) {
    rows.push_back({&calls[index], &frame.delta.trace.calls[index], calls[index].errors});
    std::ranges::stable_sort(rows.back().errors, std::ranges::greater(), &ErrorCount::count);
  }
  return rows;
}

std::vector<FileRow> file_rows(const Frame& frame) {
  std::vector<FileRow> rows;
  const std::vector<TracedFile>& files = frame.snapshot->trace->files;
  for (std::size_t index = 0; index < files.size(); ++index)
    rows.push_back({&files[index], &frame.delta.trace.files[index]});
  return rows;
}

/// "futex 3, read 1": what threads were in when the recording ended.
std::string unfinished_text(const CallTrace& trace) {
  std::string text;
  for (const TracedCall& call : trace.calls) {
    if (call.unfinished > 0)
      fmt::format_to(std::back_inserter(text), "{}{} {}", text.empty() ? "" : ", ", call.name, call.unfinished);
  }
  return text;
}

std::string plural(std::uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : count > 1 && what.back() == 's' ? "es" : "s");
}

void append_notes(View& view, const CallTrace& trace, const LookOptions& look, std::size_t files_hidden) {
  append_note(view.text, look, files_hidden > 0, fmt::format("and {}; -n 0 shows all", plural(files_hidden, "file")));
  const std::string unfinished = unfinished_text(trace);
  append_note(view.text, look, !unfinished.empty(), "not yet returned, their time counts: " + unfinished);
  append_note(view.text, look, true,
              fmt::format("{}, {}, traced for {:.1f} s{}", plural(trace.processes, "process"),
                          plural(trace.threads, "thread"), trace.seconds, trace.all_ended ? "; all have ended" : ""));
  for (const UntracedProcess& one : trace.untraced) {
    append_note(view.text, look, true,
                fmt::format("process {} ({}) was left out: {}", one.id.pid, safe_text(one.comm), name_of(one.why)));
  }
}

}  // namespace

Result<View> render_trace(const Frame& frame, const LookOptions& look, const TraceOptions& options) {
  const CallTrace& trace = *frame.snapshot->trace;
  const bool people = !look.json && !look.csv;
  const std::vector<CallRow> calls = call_rows(frame);
  std::vector<FileRow> files = file_rows(frame);
  std::size_t hidden = 0;
  if (people && options.count > 0 && files.size() > options.count) {
    hidden = files.size() - options.count;
    files.resize(options.count);
  }
  const format::Table call_table = format::make_table(
      std::span<const Column<CallRow>>(people ? call_text_columns() : call_columns()), std::span<const CallRow>(calls));
  const format::Table file_table =
      format::make_table(std::span<const Column<FileRow>>(file_columns()), std::span<const FileRow>(files));
  View view;
  if (options.files) {
    append_table(view.text, look, frame, "files", file_table);
  } else {
    const format::Section section{"files", &file_table};
    append_table(view.text, look, frame, "calls", call_table, std::span(&section, 1));
    if (people) {
      view.text += '\n';
      append_table(view.text, look, frame, "files", file_table);
    }
  }
  append_notes(view, trace, look, hidden);
  view.last = trace.ended_by_signal != 0;
  return view;
}

void warn_of_tracing(std::size_t processes) {
  complain("tracing slows {} down: each system call takes some 20 microseconds longer",
           processes == 1 ? "the process" : fmt::format("{} processes", processes));
}

void obey(int signal) {
  if (signal == 0) return;
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

}  // namespace vigie::cli
