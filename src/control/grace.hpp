// How long processes that were asked to end may take to save their work, before they are killed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control/checkpoint_watch.hpp"
#include "model/run_control.hpp"

namespace vigie::control {

/// A time that is made longer while a checkpoint is being written. All times are on CLOCK_BOOTTIME.
class Grace {
 public:
  /// The most that it is made longer: a log file beside the checkpoints grows for ever.
  static constexpr double longest_extension_seconds = 3600;
  /// The time between looks at the checkpoint; the grace is made longer by it each time that the checkpoint grows.
  static constexpr double look_seconds = 0.5;

  /// Begins at `boot_ns`. Negative `seconds`: it is never over. `checkpoint`: the directory that is looked at; empty:
  /// none. `extended_seconds`: the extension so far, when it begins anew.
  Grace(std::int64_t boot_ns, double seconds, const std::string& checkpoint, double extended_seconds = 0);

  /// Ends so many seconds after `boot_ns` from now on; negative: never.
  void renew(std::int64_t boot_ns, double seconds);
  /// Has no end, and looks at nothing any more: the processes are killed.
  void close();

  /// When over() has something to do or to tell; nothing when never.
  [[nodiscard]] std::optional<std::int64_t> next_ns() const;
  /// Whether it is over. Looks at the checkpoint when that is due, and lasts longer while that grows.
  [[nodiscard]] bool over(std::int64_t boot_ns);
  [[nodiscard]] double extended_seconds() const { return extended_seconds_; }

  /// Files of the checkpoint that changed since the beginning, as at the last look.
  [[nodiscard]] std::vector<CheckpointFile> files(std::int64_t boot_ns) const;
  /// The same after another look, when no process is left to write them: all are complete.
  [[nodiscard]] std::vector<CheckpointFile> files_at_end(std::int64_t boot_ns);

 private:
  std::optional<CheckpointWatch> watch_;
  std::optional<std::int64_t> end_ns_, look_at_ns_;
  double extended_seconds_;
};

}  // namespace vigie::control
