// For tests alone: CLOCK_MONOTONIC in seconds that can be counted.
#pragma once

#include <cstdint>

#include "base/clock.hpp"

namespace vigie {

inline constexpr std::int64_t second = nanoseconds_per_second;

}  // namespace vigie
