// The metric catalogue: every field that vigie shows, once. Text, JSON, CSV and every later view take names, titles,
// units, widths and help from here.
#pragma once

#include <cstdint>
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
  time,
  watts,
  celsius,
  hertz
};

/// One field of one kind of row. `name` is the JSON, CSV and `-o` name, `title` the column head in text.
struct Metric {
  std::string_view name;
  std::string_view title;
  Unit unit = Unit::none;
  std::uint8_t width = 0;  ///< columns in text; 0 = as wide as its content, and last columns take what is left
  std::string_view help;
};

/// The metric of that name; the name must exist (checked at compile time where it is constant).
[[nodiscard]] const Metric& metric(std::string_view name);
/// nullptr when there is none.
[[nodiscard]] const Metric* find_metric(std::string_view name);

}  // namespace vigie
