// Moments as people write them: "10m" ago, "14:30" of today, a date.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"

namespace vigie {

/// "10m" (so long before now), "14:30" or "14:30:05" (of today; of yesterday when that is still to come), "2026-11-24",
/// "2026-11-24T14:30", "2026-11-24 14:30:05", with a final Z in UTC, otherwise in the local time zone: nanoseconds
/// since the Unix epoch. Errors are of kind usage and repeat the text.
[[nodiscard]] Result<std::int64_t> parse_moment(std::string_view text, std::int64_t now_wall_ns);

}  // namespace vigie
