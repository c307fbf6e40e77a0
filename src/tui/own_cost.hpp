// What vigie top itself costs, as it measures it while it runs.
#pragma once

#include <cstdint>
#include <optional>

namespace vigie::tui {

/// Of one frame of the live host.
struct StepCost {
  double seconds = 0;       ///< to read, compare and judge it
  double late_seconds = 0;  ///< by which its latest step began after it was due
};

struct OwnCost {
  std::optional<double> cpu_percent = {};  ///< of one CPU, over the last seconds; nothing: not measured yet
  std::optional<double> rss_bytes = {};    ///< nothing: /proc/self/statm cannot be read
  std::optional<StepCost> step = {};
};

/// Measures the share of CPU between its calls.
class OwnCostMeter {
 public:
  OwnCostMeter();
  /// Counts anew once a second at most, so that a row of keys does not make its numbers jump.
  [[nodiscard]] OwnCost now(std::optional<StepCost> step);

 private:
  std::int64_t wall_ns_, cpu_ns_;
  std::optional<double> percent_;
};

}  // namespace vigie::tui
