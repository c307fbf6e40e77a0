// What a sleeping thread could be woken by; for telling a deadlock from a pause.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sources/proc/call.hpp"

namespace vigie::proc {

/// Whether a thread in this system call waits, without a time limit, for something that only its own program can give:
/// a lock (futex(2)) or a child (wait4(2), waitid(2)). The call does not tell of pipes: a descriptor may be anything.
[[nodiscard]] bool waits_for_its_own(const CallLine& call);

enum class OwnWait : std::uint8_t { no, perhaps, yes };

/// As above, of the thread whose directory is `name` in `tasks`; reads of pipes count, too, where the kernel function
/// is one of a pipe (fs/pipe.c). `perhaps` where that function is all that may be read, as it does not tell of a time
/// limit: PID/syscall takes the right to trace (ptrace(2), Yama's ptrace_scope), PID/wchan does not.
[[nodiscard]] OwnWait thread_waits_for_its_own(int tasks, const std::string& name, std::string& buffer);

/// Whether a kernel function is one of a file system whose data lies on another machine, or of the remote calls below.
[[nodiscard]] bool is_of_network_file_system(std::string_view function);

}  // namespace vigie::proc
