// What changed in depth between two snapshots: of the few processes that were asked about.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "model/mapping.hpp"
#include "model/reading.hpp"

namespace vigie {

/// Of one process: parallel to its ProcessDetail.
struct DetailRates {
  /// Per open file: how fast its position moves. Absent for a file without one; went_backwards after a seek back.
  std::vector<Reading<double>> position_bytes_per_second;
  /// Per mapping: resident bytes it gained (negative: lost).
  std::vector<Reading<std::int64_t>> rss_growth_bytes;
};

}  // namespace vigie
