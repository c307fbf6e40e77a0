// The one place that decides when the rate of a counter cannot be known.
#pragma once

#include <cstdint>

#include "model/reading.hpp"

namespace vigie {

[[nodiscard]] inline Reading<double> per_second(std::uint64_t earlier, std::uint64_t later, double seconds) {
  if (seconds <= 0) return Presence::unknown;
  if (later < earlier) return Presence::went_backwards;
  return static_cast<double>(later - earlier) / seconds;
}

}  // namespace vigie
