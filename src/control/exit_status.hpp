// How a process ended that is another process's child.
#pragma once

#include <optional>

#include "base/fd.hpp"

namespace vigie::control {

/// The wait status (wait(2)) of the process behind a pidfd. Waits up to `timeout_seconds` for its end, and for its
/// parent to reap it. Linux 6.15 and newer tell it (PIDFD_GET_INFO with PIDFD_INFO_EXIT); older ones tell nothing.
[[nodiscard]] std::optional<int> exit_status_of(const Fd& pidfd, double timeout_seconds);

}  // namespace vigie::control
