// A stop of processes that no recorder keeps: the same course, from here.
#pragma once

#include "act/target.hpp"
#include "act/written_files.hpp"
#include "base/result.hpp"
#include "cli/act/stop_report.hpp"
#include "model/frame.hpp"
#include "model/run.hpp"

namespace vigie::cli {

/// How long the final SIGKILL may take before survivors are reported.
inline constexpr double final_kill_seconds = 10;

/// The signal, the grace, then SIGKILL to what is left. `record` is that of a run whose recorder does not answer, or
/// nullptr. Kind denied when the signal was not permitted.
Result<void> stop_observed(const Frame& frame, const act::Target& target, const RunRecord* record,
                           const StopRequest& request, bool no_kill, act::WrittenFiles& written, Stopped& stopped);

}  // namespace vigie::cli
