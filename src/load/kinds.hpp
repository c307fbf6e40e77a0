// The kinds of load, and which options each has.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/bit_set.hpp"
#include "load/load.hpp"

namespace vigie::load {

enum class Takes : std::uint8_t { cpus = 1, size = 2, rate = 4, count = 8, directory = 16, checkpoint = 32 };

struct Kind {
  std::string_view name;
  std::string_view summary;  ///< one line, with the defaults
  BitSet<Takes> takes;
  std::string_view rate_unit;  ///< what --rate counts: "%", "bytes", "steps"; empty without
  Result<std::unique_ptr<Load>> (*make)(const Request&, const Room&, Leftovers&);
};

/// All of them, in the order of the help.
[[nodiscard]] std::span<const Kind> kinds();

/// The kind of this name, or nullptr.
[[nodiscard]] const Kind* find_kind(std::string_view name);

}  // namespace vigie::load
