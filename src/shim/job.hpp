// The main process of a run: what it is given before it becomes the user's program.
#pragma once

#include "base/fd.hpp"
#include "model/run.hpp"
#include "shim/start_report.hpp"

namespace vigie::shim {

/// Where the program's standard streams go.
struct Streams {
  Fd ours;    ///< PTY master, or the reading end of a pipe
  Fd theirs;  ///< PTY slave, or the writing end
  bool pty = false;
};

/// A PTY of 50 rows and 200 columns (progress lines are not cut) in UTF-8 mode, or a pipe. The calling process must be
/// a session leader without a terminal; it gets the PTY as its controlling terminal.
[[nodiscard]] StartReport open_streams(bool pty, Streams& streams);

/// Forks and executes the command. Returns only when it is known whether the program was really executed.
[[nodiscard]] StartReport start_job(const RunRecord& record, const Streams& streams);

}  // namespace vigie::shim
