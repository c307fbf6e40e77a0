// Moments as people read them, in their own time zone.
#pragma once

#include <cstdint>
#include <string>

namespace vigie::format {

/// "2026-11-30 06:00:01"; "-" when there is no such day.
[[nodiscard]] std::string local_time(std::int64_t wall_ns);

}  // namespace vigie::format
