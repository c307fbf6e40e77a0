// Amounts and durations: how people write them and how vigie shows them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace vigie {

/// 1536 -> "1.5K", 5368709120 -> "5.0G"; powers of 1024, at most 5 characters below 1 EiB.
[[nodiscard]] std::string human_bytes(double bytes);

/// 3.2 -> "3.2s", 75 -> "1:15", 7265 -> "2:01:05", 100000 -> "1d03:46:40".
[[nodiscard]] std::string human_duration(double seconds);

/// For sentences, two units at most: 0.3 -> "0.3 s", 12.4 -> "12 s", 303 -> "5 min 3 s", 7265 -> "2 h 1 min".
[[nodiscard]] std::string spoken_duration(double seconds);

/// "512", "512M", "1.5G", "2GiB": powers of 1024. Errors are of kind usage and repeat the text.
[[nodiscard]] Result<std::uint64_t> parse_size(std::string_view text);

/// "30", "30s", "1.5m", "2h", "1d", "250ms": seconds. Errors are of kind usage and repeat the text.
[[nodiscard]] Result<double> parse_duration(std::string_view text);

}  // namespace vigie
