// What changed in a control group between two snapshots.
#pragma once

#include "model/reading.hpp"

namespace vigie {

/// How a process's control group fared during the interval.
struct CgroupRates {
  Reading<double> cpu_percent;           ///< CPU used by its own group; 100 per CPU
  Reading<double> throttled_percent;     ///< of the enforcement periods, those in which a quota stopped it
  Reading<double> cpu_pressure_percent;  ///< wall time in which some task of the group waited for a CPU
  Reading<double> io_pressure_percent, memory_pressure_percent;
  Reading<double> oom_kills;  ///< processes of the group killed in the interval
};

}  // namespace vigie
