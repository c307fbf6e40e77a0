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

/// The same of a counter that either look may lack.
[[nodiscard]] inline Reading<double> per_second(const Reading<std::uint64_t>& earlier,
                                                const Reading<std::uint64_t>& later, double seconds) {
  if (!later) return later.presence();
  if (!earlier) return Presence::first_sight;
  return per_second(*earlier, *later, seconds);
}

}  // namespace vigie
