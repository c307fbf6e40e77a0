// Which processes may be traced, and why others may not; ptrace(2), PTRACE_SEIZE.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/root.hpp"
#include "model/reading.hpp"
#include "model/task.hpp"

namespace vigie::trace {

/// Begins to trace every thread of this very process without stopping any: returns their ids. Children and threads
/// that they make from now on are traced too. Fails with kind denied and a sentence that says why and what to do, or
/// with no_target when the process has ended.
[[nodiscard]] Result<std::vector<pid_t>> seize_process(const Root& root, ProcessId id);

/// The process that a thread is of; 0 when it has ended.
[[nodiscard]] pid_t process_of(const Root& root, pid_t thread);

/// What is known of a process that may not be traced.
struct Refused {
  pid_t pid = 0;
  pid_t tracer = 0;         ///< the process that traces it; 0 none
  std::string tracer_name;  ///< raw
  bool kernel_thread = false;
  bool own = false;   ///< it runs as the user who asks
  bool root = false;  ///< the user who asks is root
  int yama = 0;       ///< /proc/sys/kernel/yama/ptrace_scope (Documentation/admin-guide/LSM/Yama.rst); 0 without it
};

/// One sentence: why, and what to do.
[[nodiscard]] std::string why_refused(const Refused& facts);

}  // namespace vigie::trace
