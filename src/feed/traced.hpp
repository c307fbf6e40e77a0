// Records the system calls of the processes that details were asked of.
#pragma once

#include <cstddef>
#include <functional>

#include "base/result.hpp"
#include "base/root.hpp"
#include "model/snapshot.hpp"

namespace vigie {

/// Traces the processes of `snapshot.details` for `seconds`. It leaves out vigie itself, its ancestors and the keepers
/// of runs, and lists them so. Errors: of kind usage when that leaves no process, or when `root` is not this host; of
/// kind denied when the tracing was refused. `before` is told how many will be traced, unless it is empty.
[[nodiscard]] Result<CallTrace> trace_details(const Root& root, const Snapshot& snapshot, double seconds,
                                              const std::function<void(std::size_t processes)>& before);

/// How the recording fared.
[[nodiscard]] SourceStatus status_of(const CallTrace& trace);

}  // namespace vigie
