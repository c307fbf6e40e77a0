// --notify-signal: the signal that comes some time before the time limit, for programs that save their work at it.
#pragma once

#include <cstdint>
#include <optional>

#include "control/signal_course.hpp"
#include "keep/stop/run_tree.hpp"
#include "model/run.hpp"

namespace vigie::keep {

/// Signals the processes that handle it, the main one or those behind shells and launchers. A process that does not
/// handle it would die of it.
class EarlyPass {
 public:
  explicit EarlyPass(const RunRecord& record);

  /// When act() has something to do (CLOCK_BOOTTIME); nothing when it is over.
  [[nodiscard]] std::optional<std::int64_t> next_ns() const { return next_ns_; }
  /// Records an event of the run for each process that got it, and in the end if none did.
  void act();

 private:
  const RunRecord& record_;
  RunTree tree_;
  control::SignalCourse course_;
  std::int64_t end_ns_;
  std::optional<std::int64_t> next_ns_;
  bool reached_ = false;
};

}  // namespace vigie::keep
