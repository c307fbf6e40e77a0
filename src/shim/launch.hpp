// Starting the keeper of a run, detached from the terminal and the session of whoever asked.
#pragma once

#include "base/result.hpp"
#include "model/run.hpp"

namespace vigie::shim {

/// Starts `record` (its directory and run.json exist, state starting) and returns its main process once the command has
/// really been executed; 0 when it waits for its turn first. When it could not be, the Error names the file and the
/// reason.
Result<pid_t> launch(const RunRecord& record);

/// Starts the next attempt of the run in `directory` when its record says that one is due: as `vigie run` would, in a
/// session of its own. When that fails the record says so.
void start_next_attempt(const std::string& directory);

/// What `vigie shim ID` does: becomes the holder of the run, reports to `status_fd`, returns when the run is over.
int hold(const std::string& directory, int status_fd);

}  // namespace vigie::shim
