// The same program started again with other arguments or environment: what was changed, and what that did to its speed;
// pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/snapshot.hpp"

namespace vigie::rules {

struct Relaunch {
  std::string run;                         ///< the run that is told about
  std::string before;                      ///< name of the earlier run
  std::vector<std::string> changes;        ///< "--workers 1 → 4", "OMP_NUM_THREADS unset → 4", "without --amp"
  double rate_before = 0, rate_after = 0;  ///< of `unit` per second
  /// "steps"; "samples" where the batch is another one, as a step is more work then.
  std::string unit = "steps";

  [[nodiscard]] double change_percent() const { return 100 * (rate_after / rate_before - 1); }
};

/// Compares a supervised run with the latest one before it of the same program in the same directory. Nothing unless
/// something was changed and both tell their step rate, and nothing when a step may have become another amount of work
/// that the commands do not tell.
[[nodiscard]] std::optional<Relaunch> relaunch_of(const Snapshot& snapshot, const Run& run);

}  // namespace vigie::rules
