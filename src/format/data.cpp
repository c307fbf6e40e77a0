// Tables for programs: JSON documents and CSV, both in base units.
#include <fmt/format.h>

#include <cmath>
#include <iterator>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "format/table.hpp"

namespace vigie::format {

namespace {

constexpr std::string_view schema_version = "1";

/// Rates and percentages beyond a thousandth are noise, and long digits are hard to read; below a tenth, as in the time
/// that a disk takes for a request, a millionth counts.
double rounded(double number) {
  if (std::abs(number) >= 1e12) return number;
  const double parts = std::abs(number) < 0.1 ? 1e6 : 1e3;
  return std::round(number * parts) / parts;
}

std::string_view name_of_state(SourceState state) {
  switch (state) {
    case SourceState::ok: return "ok";
    case SourceState::partial: return "partial";
    case SourceState::denied: return "denied";
    case SourceState::missing: return "missing";
    case SourceState::late: return "late";
  }
  return "missing";
}

void write_cell(JsonWriter& writer, const Metric& metric, const Cell& cell) {
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) {
    if (metric.unit == Unit::time) {
      writer.value(std::string_view(rfc3339(*integer)));
    } else {
      writer.value(*integer);
    }
  } else if (const auto* number = std::get_if<double>(&cell)) {
    writer.value(rounded(*number));
  } else if (const auto* view = std::get_if<std::string_view>(&cell)) {
    writer.value(*view);
  } else if (const auto* text = std::get_if<std::string>(&cell)) {
    writer.value(std::string_view(*text));
  } else {
    writer.null();
  }
}

void write_rows(JsonWriter& writer, std::string_view name, const Table& table, bool one_line) {
  writer.key(name);
  writer.begin_array();
  for (std::size_t row = 0; row < table.rows; ++row) {
    if (!one_line) writer.new_line();
    writer.begin_object();
    for (std::size_t column = 0; column < table.metrics.size(); ++column) {
      writer.key(table.metrics[column]->name);
      if (!table.json || !table.json(writer, row, column))
        write_cell(writer, *table.metrics[column], table.cell(row, column));
    }
    writer.end_object();
  }
  if (!one_line && table.rows > 0) writer.new_line();
  writer.end_array();
}

void append_csv_text(std::string& out, std::string_view raw) {
  const std::string text = safe_text(raw);  // CSV is looked at on terminals, too
  if (text.find_first_of(",\"\r\n") == std::string::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char byte : text) {
    if (byte == '"') out += '"';
    out += byte;
  }
  out += '"';
}

void append_csv_cell(std::string& out, const Metric& metric, const Cell& cell) {
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) {
    if (metric.unit == Unit::time) {
      out += rfc3339(*integer);
    } else {
      fmt::format_to(std::back_inserter(out), "{}", *integer);
    }
  } else if (const auto* number = std::get_if<double>(&cell)) {
    if (std::isfinite(*number)) fmt::format_to(std::back_inserter(out), "{}", rounded(*number));
  } else if (const auto* view = std::get_if<std::string_view>(&cell)) {
    append_csv_text(out, *view);
  } else if (const auto* text = std::get_if<std::string>(&cell)) {
    append_csv_text(out, *text);
  }
}

}  // namespace

void append_csv(std::string& out, const Table& table, bool header) {
  const std::size_t columns = table.metrics.size();
  if (header) {
    for (std::size_t column = 0; column < columns; ++column) {
      if (column > 0) out += ',';
      out += table.metrics[column]->name;
    }
    out += "\r\n";
  }
  for (std::size_t row = 0; row < table.rows; ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      if (column > 0) out += ',';
      append_csv_cell(out, *table.metrics[column], table.cell(row, column));
    }
    out += "\r\n";
  }
}

void append_json(std::string& out, const Table& table, const Envelope& envelope, bool one_line) {
  JsonWriter writer(out);
  writer.begin_object();
  writer.member("vigie", schema_version);
  writer.member("host", envelope.host);
  writer.member("time", std::string_view(rfc3339(envelope.wall_ns)));
  writer.key("elapsed_seconds");
  if (envelope.elapsed_seconds > 0) {
    writer.value(rounded(envelope.elapsed_seconds));
  } else {
    writer.null();
  }
  write_rows(writer, envelope.rows, table, one_line);
  for (const Section& section : envelope.more) write_rows(writer, section.rows, *section.table, one_line);
  writer.key("sources");
  writer.begin_array();
  for (const SourceStatus& source : envelope.sources) {
    writer.begin_object();
    writer.member("name", source.name);
    writer.member("status", name_of_state(source.state));
    writer.key("reason");
    if (source.reason.empty()) {
      writer.null();
    } else {
      writer.value(std::string_view(source.reason));
    }
    writer.member("duration_seconds", source.duration_seconds);
    if (!source.method.empty()) writer.member("method", source.method);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  out += '\n';
}

}  // namespace vigie::format
