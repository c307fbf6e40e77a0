// Rows of anything as text, JSON or CSV.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json_writer.hpp"
#include "model/catalogue.hpp"
#include "model/reading.hpp"
#include "model/snapshot.hpp"

namespace vigie::format {

/// One value in the base unit of its metric; text is raw, as the host gave it. A time is wall-clock nanoseconds. A view
/// must live as long as the rows.
using Cell = std::variant<Presence, std::int64_t, double, std::string_view, std::string>;

/// The cell of a reading: its value or why it is absent.
template <class T>
[[nodiscard]] Cell cell_of(const Reading<T>& reading) {
  if (!reading.has_value()) return reading.presence();
  if constexpr (std::is_floating_point_v<T>) {
    return static_cast<double>(*reading);
  } else if constexpr (std::is_integral_v<T>) {
    return static_cast<std::int64_t>(*reading);
  } else {
    return std::string_view(*reading);
  }
}

/// How a cell stands out on a terminal.
enum class Paint : std::uint8_t { none, good, notable, bad };

/// Cells by row and column, each column a metric of the catalogue.
struct Table {
  std::vector<const Metric*> metrics;
  std::size_t rows = 0;
  std::function<Cell(std::size_t row, std::size_t column)> cell;
  /// Writes the JSON value and returns true where a column has its own way.
  std::function<bool(JsonWriter& writer, std::size_t row, std::size_t column)> json;
  std::function<Paint(std::size_t row, std::size_t column)> paint;
};

struct TextOptions {
  bool header = true;
  bool color = false;         ///< bold header, painted cells: only for a terminal
  std::size_t max_width = 0;  ///< lines are cut to so many columns; 0 = never
};

/// Appends the table for people: numbers right-aligned in human units, `-` for absent values, hostile text escaped.
void append_text(std::string& out, const Table& table, const TextOptions& options = {});

/// Appends the table as RFC 4180 CSV: base units, absent values empty, hostile text escaped.
void append_csv(std::string& out, const Table& table, bool header = true);

/// A table beside the main one in a JSON document.
struct Section {
  std::string_view rows;  ///< name of its array
  const Table* table = nullptr;
};

/// What surrounds the rows of a JSON document.
struct Envelope {
  std::string_view rows;  ///< name of the array: "processes"
  std::string_view host;
  std::int64_t wall_ns = 0;
  double elapsed_seconds = 0;  ///< 0: nothing was measured over time, written as null
  std::span<const SourceStatus> sources;
  std::span<const Section> more = {};
};

/// Appends one JSON document and a newline. `one_line` puts it on one line, for a stream of documents.
void append_json(std::string& out, const Table& table, const Envelope& envelope, bool one_line = false);

/// A cell as people read it: "1.5G", "12.3", "2:01:05", "-".
[[nodiscard]] std::string human(const Metric& metric, const Cell& cell);

}  // namespace vigie::format
