// Limits for a whole target, through control groups.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "act/acting.hpp"
#include "base/result.hpp"
#include "control/limits.hpp"

namespace vigie::act {

struct LimitWish {
  control::Limits limits;
  std::string said;  ///< as it is asked for: "memory 64G cpu 4"
};

/// A group that stays when its process has ended becomes a remark.
[[nodiscard]] Act limit(const LimitWish& wish);

/// "2", "0.5": from a hundredth to 100,000; kind usage otherwise.
Result<double> parse_cpu_count(std::string_view text);
/// Bytes a second: "100M" or "100M/s"; kind usage otherwise.
Result<std::uint64_t> parse_rate(std::string_view text);
/// A limit of memory: a size above 0, at which nothing could live.
[[nodiscard]] Result<std::uint64_t> parse_memory_limit(std::string_view text);

}  // namespace vigie::act
