// Follows a run's progress on its screen, at a bounded cost however much it prints.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>

#include "model/run.hpp"
#include "shim/late_screen.hpp"

namespace vigie::shim {

class ProgressTracker {
 public:
  ProgressTracker(int rows, int columns) : screen_(rows, columns) {}

  /// Output of the program; looks for progress at most every half second.
  void write(std::string_view bytes, std::int64_t wall_ns);
  /// The latest progress, looked for now when there was output since.
  [[nodiscard]] const std::optional<Progress>& latest();
  /// The screen that the output is drawn on: clients are shown it, and may change its size.
  [[nodiscard]] LateScreen& screen() { return screen_; }

 private:
  struct Point {
    std::int64_t wall_ns;
    std::uint64_t step;
  };

  void read_screen(std::int64_t wall_ns);
  void measure(Progress& progress);
  void measure_gap(Progress& progress);

  LateScreen screen_;
  std::optional<Progress> progress_;
  std::deque<Point> points_;  ///< of the current epoch, the last ten seconds
  std::int64_t read_wall_ns_ = 0;
  std::int64_t step_wall_ns_ = 0;     ///< when the step last moved
  std::int64_t written_wall_ns_ = 0;  ///< when the last output came
  bool dirty_ = false;
};

}  // namespace vigie::shim
