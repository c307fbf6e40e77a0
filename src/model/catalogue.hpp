// The metric catalogue: every field that vigie shows, once. Text, JSON, CSV and every later view take names, titles,
// units, widths and help from here.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace vigie {

enum class Unit : std::uint8_t {
  none,
  count,
  bytes,
  seconds,
  percent,
  per_second,
  bytes_per_second,
  milliseconds,
  microseconds,
  time,
  watts,
  joules,
  celsius,
  hertz
};

/// How a value behaves over time, for code that keeps or exports values (OpenMetrics has the same three).
enum class Kind : std::uint8_t {
  gauge,    ///< goes up and down
  counter,  ///< only grows, until what it counts begins anew
  label,    ///< says which thing it is, or what it is like: no amount, even if it is a number
};

/// One field of one kind of row. `name` is the JSON, CSV and `-o` name, `title` the column head in text.
struct Metric {
  std::string_view name;
  std::string_view title;
  Unit unit = Unit::none;
  Kind kind = Kind::gauge;
  std::uint8_t width = 0;  ///< columns in text; 0 = as wide as its content, and last columns take what is left
  std::string_view help;
};

/// The metric of that name; the name must exist (checked at compile time where it is constant).
[[nodiscard]] const Metric& metric(std::string_view name);
/// nullptr when there is none.
[[nodiscard]] const Metric* find_metric(std::string_view name);
/// All of them, in the order of the table.
[[nodiscard]] std::span<const Metric> all_metrics();

}  // namespace vigie
