// The main process of a run, until it becomes the user's program.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "keep/start/start_report.hpp"
#include "model/run.hpp"

namespace vigie::keep {

/// Where the program's standard streams go.
struct Streams {
  Fd ours;    ///< PTY master, or the reading end of a pipe
  Fd theirs;  ///< PTY slave, or the writing end
  bool pty = false;
};

/// A PTY of the size that the run asked for, else of 50 rows and 200 columns (progress lines are not cut), in UTF-8
/// mode; or a pipe. The calling process must be a session leader without a terminal; it gets the PTY as its controlling
/// terminal.
[[nodiscard]] StartReport open_streams(const RunSpec& spec, Streams& streams);

/// The user's environment, with variables that tell the program (and vigie's search for strays) which run it is.
[[nodiscard]] std::vector<std::string> environment_of(const RunRecord& record);

/// Every signal at its default, none blocked.
void reset_signals();

/// Called with the main process before it executes anything: makes it known. Returns 0 or an errno.
using MakeKnown = std::function<int(pid_t)>;

/// Forks into the run's control group, if it has one, and executes the command once `make_known` succeeded: if this
/// process is killed before, no unknown command was executed. Returns only when it is known whether the program was
/// really executed. A group that the kernel does not let it into is given up: the record says why. `limit_groups` are
/// directories of version 1 that it enters besides.
[[nodiscard]] StartReport start_job(RunRecord& record, const Streams& streams,
                                    const std::vector<std::string>& limit_groups, const MakeKnown& make_known);

}  // namespace vigie::keep
