// Ending targets and all their processes: the signal, the grace, then SIGKILL to those that are left.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "act/stopped.hpp"
#include "act/target.hpp"
#include "base/result.hpp"
#include "model/frame.hpp"
#include "model/run.hpp"

namespace vigie::act {

struct StopWish {
  std::optional<double> grace_seconds = {};  ///< nothing: the run's own, or 30 s for targets that vigie did not start
  std::string wait_checkpoint = {};  ///< the grace goes on while a file below this directory grows; empty: none does
  bool no_kill = false;              ///< nothing is killed when the grace is over
  bool kill = false;                 ///< SIGKILL at once
};

/// The request to a run's recorder, or for a stop from here. `record` is nullptr for targets that vigie did not start.
/// Kind usage when the directory of the checkpoint cannot be read.
Result<StopRequest> stop_request(const StopWish& wish, const RunRecord* record);

/// Stops one target. Fails when nothing of it is alive, it is elsewhere, or the signal is not permitted (kind denied).
Result<Stopped> stop(const Frame& frame, const Target& target, const StopWish& wish, StopProgress& progress);

/// Stops all at once: each has its grace, and they need not wait for each other's. In the order of the targets.
std::vector<Result<Stopped>> stop_all(const Frame& frame, const std::vector<Target>& targets, const StopWish& wish,
                                      StopProgress& progress);

/// What stop() would do to one target: the signal to its main process, to those that may need it as well, and the kill.
Result<Acted> plan_stop(const Frame& frame, const Target& target, const StopWish& wish);

/// Ends a run after its user has been told: through its recorder, or if that does not answer or is not done in time,
/// from here. Returns its record then; it is over unless it cannot be ended.
Result<RunRecord> end_run(const RunRecord& run, const StopRequest& request);

}  // namespace vigie::act
