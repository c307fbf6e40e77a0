// Processes that the kernel killed because the host had no memory left. A run on a shared host mostly dies so, and only
// the kernel's log and a counter show it: the exit status is that of any SIGKILL.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/root.hpp"
#include "model/run.hpp"

namespace vigie::keep {

/// Processes that the kernel has killed for want of memory since the host booted, in control groups or not (oom_kill of
/// /proc/vmstat, since Linux 4.13). Nothing where the kernel does not tell.
[[nodiscard]] std::optional<std::uint64_t> oom_kills(const Root& root);

/// What the kernel's log says about a process that it killed (mm/oom_kill.c).
struct KernelKill {
  bool at_a_limit = false;  ///< of a control group; false: the host itself had no memory left
  std::uint64_t resident_bytes = 0;
};

/// Searches records as /dev/kmsg gives them (Documentation/ABI/testing/dev-kmsg) for the last one about this process
/// that is not older than the process. `since_us` is on the log's clock, microseconds since the host booted.
[[nodiscard]] std::optional<KernelKill> find_kill(std::string_view log, pid_t pid, std::uint64_t since_us);

/// All of the log that is kept. Empty where it may not be read (kernel.dmesg_restrict), as is usual, and where its
/// process ids are not those that are seen here (a PID namespace).
[[nodiscard]] std::string kernel_log();

/// Writes into the exit record the reason why a main process did not end well, as far as it can be found.
void look_for_kernel_kill(RunRecord& record);

}  // namespace vigie::keep
