// Records the system calls of the processes that details were asked of.
#pragma once

#include <cstddef>
#include <functional>

#include "base/result.hpp"
#include "base/root.hpp"
#include "model/snapshot.hpp"

namespace vigie {

/// Traces the processes of `snapshot.details` for `seconds`. vigie itself, what it was started by and the keepers of
/// runs are left out, and listed so. Errors: when that leaves nobody, of kind usage; when the tracing was refused, of
/// kind denied; when `root` is not this host, of kind usage. `before` is told how many will be traced, unless it is
/// empty.
[[nodiscard]] Result<CallTrace> trace_details(const Root& root, const Snapshot& snapshot, double seconds,
                                              const std::function<void(std::size_t processes)>& before);

/// How the recording fared.
[[nodiscard]] SourceStatus status_of(const CallTrace& trace);

}  // namespace vigie
