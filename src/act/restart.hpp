// Starting runs again that are over, as the next attempt of the same run.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/run.hpp"

namespace vigie::act {

/// A run that was started again.
struct Restarted {
  std::string name;
  unsigned attempt = 1;
  std::string waits_for;  ///< while it is queued: the event it waits for, a clause; empty: it runs
};

/// Under the run's lock from the look at it until it runs: of several callers that try at once the first one starts it.
/// Fails when the run is not over, left something alive, or must not be started again (kind denied); when it cannot be
/// started its record stays as it was.
/// `machine_gone`: the user says that the machine which it ran on is no more, so that it is lost.
Result<Restarted> restart(const std::string& directory, bool machine_gone = false);

/// Runs whose end is not known.
struct LostRuns {
  /// A run that may be alive where its processes cannot be seen.
  struct Elsewhere {
    std::string name, reason;
  };
  std::vector<RunRecord> lost;
  std::vector<Elsewhere> elsewhere;
};
/// Every run that was alive when the host went down, or whose keeper was killed.
Result<LostRuns> find_lost();

}  // namespace vigie::act
