// Starting the keeper of a run, detached from the terminal and the session of the client.
#pragma once

#include <string>

#include "base/life_lock.hpp"
#include "base/result.hpp"
#include "model/run.hpp"
#include "wire/keepers.hpp"

namespace vigie::keep {

/// Starts `record` (its directory and run.json exist, state starting) and returns its main process once the command has
/// really been executed; 0 when it waits for its turn first. When it could not be, the Error names the file and the
/// reason.
/// The keeper shares `lock` until it has taken over.
Result<pid_t> launch(const RunRecord& record, const wire::ChangeLock& lock);

/// Starts the next attempt of the run in `directory` when its record says that one is due: as `vigie run` would, in a
/// session of its own. When that fails the record says so. `life` is released for the next keeper.
void start_next_attempt(const std::string& directory, LifeLock& life);

/// The descriptors that launch() gives to a keeper.
inline constexpr int status_number = 3, lock_number = 4;

/// What `vigie shim ID ATTEMPT` does: becomes the holder of this attempt of the run, reports to status_number, returns
/// when it is over.
int hold(const std::string& directory, unsigned attempt);

}  // namespace vigie::keep
