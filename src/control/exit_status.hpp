// How a process ended that is somebody else's child.
#pragma once

#include <optional>

#include "base/fd.hpp"

namespace vigie::control {

/// The wait status (wait(2)) of the process behind a pidfd, once it has ended and its parent has reaped it, for which
/// this waits up to `timeout_seconds`. Linux 6.15 and newer tell it (PIDFD_GET_INFO with PIDFD_INFO_EXIT); older ones
/// nothing.
[[nodiscard]] std::optional<int> exit_status_of(const Fd& pidfd, double timeout_seconds);

}  // namespace vigie::control
