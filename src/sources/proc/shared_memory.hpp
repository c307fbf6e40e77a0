// The /dev/shm of a process: its room and its files.
#pragma once

#include "model/detail.hpp"
#include "model/reading.hpp"

namespace vigie::proc {

/// Of the process whose directory in /proc is `dir`, through its root link, which leads into its mount namespace and
/// takes the right to look at it (ptrace(2), PTRACE_MODE_READ_FSCREDS). Unsupported when it has no tmpfs there.
[[nodiscard]] Reading<SharedMemory> read_shared_memory(int dir);

}  // namespace vigie::proc
