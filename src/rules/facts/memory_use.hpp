// Memory of a run or of the host: how much of what it may use, and how that grew over the window.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/case.hpp"
#include "rules/facts/trend.hpp"

namespace vigie::rules {

/// Bytes in use in each frame of the window: of a run what its processes hold, shared pages counted once.
[[nodiscard]] std::vector<Point> memory_over_time(const Case& run);

/// Whether it grew by much and nearly always, from `from` bytes on.
[[nodiscard]] bool grows_steadily(const Trend& trend, double from);

/// Growth that goes on to the end of the window: a curve that was steep and is flat now has reached its plateau.
[[nodiscard]] bool goes_on(const std::vector<Point>& points, const Trend& whole);

/// What a run may use and does: its control group's limit where that is the tighter one, else the host's memory.
struct MemoryUse {
  double limit = 0;
  double used = 0;
  double swap_left = 0;  ///< bytes that could still be swapped out before a process is killed
  bool limited = false;
  std::string of;  ///< "the limit of control group /x", "this host's memory"
};
/// Nothing where neither a limit nor the host's memory is known.
[[nodiscard]] std::optional<MemoryUse> memory_use_of(const Case& run);

/// "1.5G"; less than nothing is none.
[[nodiscard]] std::string bytes_text(double bytes);
/// "1.5G/s"
[[nodiscard]] std::string rate_text(double bytes_per_second);

}  // namespace vigie::rules
