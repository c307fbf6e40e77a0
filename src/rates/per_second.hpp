// The one place that decides when a rate cannot be known.
#pragma once

#include <cstdint>

#include "model/reading.hpp"

namespace vigie {

/// How fast a counter grew. A counter that decreased was reset or wrapped: no rate, never a negative one.
[[nodiscard]] inline Reading<double> per_second(std::uint64_t earlier, std::uint64_t later, double seconds) {
  if (seconds <= 0) return Presence::unknown;
  if (later < earlier) return Presence::went_backwards;
  return static_cast<double>(later - earlier) / seconds;
}

}  // namespace vigie
