#include "views/traced_call_rows.hpp"

#include <algorithm>
#include <iterator>
#include <string>

#include <fmt/format.h>

namespace vigie::views {
namespace {

constexpr double ns_per_microsecond = 1e3;
constexpr double ns_per_millisecond = 1e6;

Cell in_microseconds(const Reading<double>& ns) {
  return ns ? Cell(*ns / ns_per_microsecond) : Cell(ns.presence());
}

Cell number(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

Cell errors_cell(const TracedCallRow& row) {
  std::string text;
  for (const ErrorCount& error : row.errors) {
    fmt::format_to(std::back_inserter(text), "{}{} {}", text.empty() ? "" : ", ", name_of_error(error.errno_value),
                   error.count);
  }
  return text;
}

void write_errors(JsonWriter& writer, const TracedCallRow& row) {
  writer.begin_object();
  for (const ErrorCount& error : row.errors) writer.member(name_of_error(error.errno_value), error.count);
  writer.end_object();
}

}  // namespace

const std::vector<Column<TracedCallRow>>& traced_call_columns() {
  using Row = TracedCallRow;
  static const std::vector<Column<Row>> all = {
      {&metric("call"), [](const Row& row) -> Cell { return std::string_view(row.call->name); }},
      {&metric("calls"), [](const Row& row) { return number(row.call->calls); }},
      {&metric("unfinished_calls"), [](const Row& row) { return number(row.call->unfinished); }},
      {&metric("call_errors"), [](const Row& row) { return number(count_of(row.errors)); }},
      {&metric("calls_per_second"), [](const Row& row) -> Cell { return row.rates->calls_per_second; }},
      {&metric("call_milliseconds"), [](const Row& row) -> Cell { return row.rates->time_ns / ns_per_millisecond; }},
      {&metric("call_time_percent"), [](const Row& row) -> Cell { return row.rates->time_percent; }},
      {&metric("mean_microseconds"), [](const Row& row) { return in_microseconds(row.rates->mean_ns); }},
      {&metric("p99_microseconds"), [](const Row& row) { return in_microseconds(row.rates->p99_ns); }},
      {&metric("max_microseconds"), [](const Row& row) -> Cell { return row.rates->max_ns / ns_per_microsecond; }},
      {&metric("error_counts"), errors_cell, write_errors},
  };
  return all;
}

const std::vector<Column<TracedCallRow>>& traced_call_columns_for_people() {
  static const std::vector<Column<TracedCallRow>> chosen = [] {
    constexpr std::string_view hidden[] = {"unfinished_calls", "p99_microseconds"};
    return without(traced_call_columns(), hidden);
  }();
  return chosen;
}

namespace {

Cell path_cell(const TracedFileRow& row) {
  return row.file->path.empty() ? Cell(std::string_view("(all other files)")) : Cell(std::string_view(row.file->path));
}

}  // namespace

const std::vector<Column<TracedFileRow>>& traced_file_columns() {
  using Row = TracedFileRow;
  static const std::vector<Column<Row>> all = {
      {&metric("calls"), [](const Row& row) { return number(row.file->calls); }},
      {&metric("call_errors"), [](const Row& row) { return number(row.file->errors); }},
      {&metric("read_bytes"), [](const Row& row) { return number(row.file->read_bytes); }},
      {&metric("written_bytes"), [](const Row& row) { return number(row.file->written_bytes); }},
      {&metric("call_milliseconds"), [](const Row& row) -> Cell { return row.rates->time_ns / ns_per_millisecond; }},
      {&metric("call_time_percent"), [](const Row& row) -> Cell { return row.rates->time_percent; }},
      {&metric("mean_microseconds"), [](const Row& row) { return in_microseconds(row.rates->mean_ns); }},
      {&metric("max_microseconds"),
       [](const Row& row) -> Cell { return static_cast<double>(row.file->max_ns) / ns_per_microsecond; }},
      {&metric("path"), path_cell},
  };
  return all;
}

std::vector<TracedCallRow> traced_call_rows(const Frame& frame) {
  std::vector<TracedCallRow> rows;
  const std::vector<TracedCall>& calls = frame.snapshot->trace->calls;
  for (std::size_t index = 0; index < calls.size(); ++index) {
    rows.push_back({&calls[index], &frame.delta.trace.calls[index], calls[index].errors});
    std::ranges::stable_sort(rows.back().errors, std::ranges::greater(), &ErrorCount::count);
  }
  return rows;
}

std::vector<TracedFileRow> traced_file_rows(const Frame& frame) {
  std::vector<TracedFileRow> rows;
  const std::vector<TracedFile>& files = frame.snapshot->trace->files;
  for (std::size_t index = 0; index < files.size(); ++index)
    rows.push_back({&files[index], &frame.delta.trace.files[index]});
  return rows;
}

}  // namespace vigie::views
