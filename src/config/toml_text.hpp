// A text in TOML (toml.io) as a flat list of its values. The parser's own headers are slow to compile and stay in
// toml_text.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace vigie::config {

/// Where something stands in a text, both from 1.
struct Place {
  unsigned line = 0, column = 0;
};

/// A value of a kind that no key takes: a date, a list of numbers, a table within a list.
struct OtherValue {
  std::string kind;  ///< "a date"
};

using TomlValue = std::variant<std::string, std::int64_t, double, bool, std::vector<std::string>, OtherValue>;

struct TomlEntry {
  std::string key;  ///< with the names of its tables: "top.keys.search"; raw
  TomlValue value;
  Place place;
};

/// All values, in the order in which they stand. Errors, of kind usage: it is no TOML, with "LINE:COLUMN: " before what
/// is wrong.
[[nodiscard]] Result<std::vector<TomlEntry>> parse_toml(std::string_view text);

/// "a text", "a whole number", "a list of texts", …
[[nodiscard]] std::string kind_of(const TomlValue& value);

}  // namespace vigie::config
