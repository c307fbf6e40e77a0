// The two ways to stop a target: its recorder does it, or this process does.
#pragma once

#include "act/stopped.hpp"
#include "act/target.hpp"
#include "act/written_files.hpp"
#include "base/result.hpp"
#include "model/frame.hpp"
#include "model/run.hpp"

namespace vigie::act {

/// A stop of one target with its values filled in.
struct StopOrder {
  const Frame& frame;
  const Target& target;
  const RunRecord* record;  ///< of a supervised run, else nullptr
  StopRequest request;
  bool no_kill = false;  ///< nothing is killed when the grace is over
};

/// How long the final SIGKILL may take before survivors are reported.
inline constexpr double final_kill_seconds = 10;

/// The recorder does the work, and goes on with it when the caller is killed. Fails when it does not answer. The order
/// has a record.
Result<void> stop_supervised(const StopOrder& order, WrittenFiles& written, StopProgress& progress, Stopped& stopped);

/// The same course from here, for processes that no recorder keeps, or whose recorder does not answer. Kind denied when
/// the signal is not permitted.
Result<void> stop_observed(const StopOrder& order, WrittenFiles& written, StopProgress& progress, Stopped& stopped);

}  // namespace vigie::act
