// One process in depth: what is read of the few processes that somebody asked about, never of all.
#pragma once

#include <string>
#include <vector>

#include "model/call.hpp"
#include "model/reading.hpp"
#include "model/task.hpp"

namespace vigie {

/// Everything below is absent (not_read) unless it was asked for, and absent with its reason where it was refused.
struct ProcessDetail {
  ProcessId id;
  Reading<std::string> environ;  ///< /proc/PID/environ: NAME=VALUE, each ended by NUL, as the process was started with
  Reading<CallCounts> calls;     ///< what its threads were seen doing, cumulative; from looks, not from one read
};

}  // namespace vigie
