// How the keepers of runs – holder, recorder and their helpers – are told from the processes of a run.
#pragma once

#include "model/process.hpp"

namespace vigie {

/// The name that they give themselves (PR_SET_NAME, prctl(2)); the job has it, too, until it begins to become its
/// program.
inline constexpr char keeper_comm[] = "vigie-keeper";

/// A keeper of any run: it has the name, which any process can take, and the lock (base/life_lock.hpp). One that begins
/// within another run is below that run's holder, and neither it nor what it keeps is a part of that run.
[[nodiscard]] inline bool is_keeper(const ProcessSample& process) {
  return process.comm == keeper_comm && !process.false_keeper;
}

}  // namespace vigie
