// What a recording of system calls comes to, per second and in percent.
#pragma once

#include <cstdint>
#include <vector>

#include "model/reading.hpp"

namespace vigie {

struct TracedCallRates {
  double calls_per_second = 0;
  double time_ns = 0;               ///< in calls that returned and in those that had not
  double time_percent = 0;          ///< of the time that all calls took
  Reading<double> mean_ns, p99_ns;  ///< of those that returned; absent when none did
  double max_ns = 0;
};

struct TracedFileRates {
  double time_ns = 0;       ///< in calls that returned and in those that had not
  double time_percent = 0;  ///< of the time that all calls took, those without a file too
  Reading<double> mean_ns;  ///< of those that returned
};

struct TraceRates {
  std::vector<TracedCallRates> calls;  ///< parallel to the recording's calls
  std::vector<TracedFileRates> files;  ///< parallel to its files
};

}  // namespace vigie
