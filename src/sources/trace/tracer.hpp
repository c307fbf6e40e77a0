// Traces processes for a while and counts their system calls; ptrace(2).
#pragma once

#include <span>

#include "base/result.hpp"
#include "base/root.hpp"
#include "model/trace.hpp"

namespace vigie::trace {

/// Traces `processes`, and those that they start meanwhile, for `seconds`, until all have ended, or until SIGINT,
/// SIGTERM, SIGHUP or SIGTSTP comes. Then all are let go: none is left stopped that was not stopped before, and when
/// vigie is killed the kernel lets them go. Signals and stops reach them as without a tracer; a call that waits may
/// return early with EINTR when the trace begins and ends, as those in signal(7) do after SIGCONT. Must be called from
/// the only thread that waits for children. Processes that may not be traced are listed as such. Errors: of kind denied
/// when that is all of them, of kind failed when the kernel has no PTRACE_GET_SYSCALL_INFO (before Linux 5.3).
[[nodiscard]] Result<CallTrace> trace_calls(const Root& root, std::span<const ProcessId> processes, double seconds);

}  // namespace vigie::trace
