// System calls by number, and the lines of /proc/PID/syscall; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace vigie::proc {

/// The name of a system call of the architecture this was built for; empty when the C library did not know it.
[[nodiscard]] std::string_view name_of_call(long number);

/// Whether the first argument of that call is a file descriptor.
[[nodiscard]] bool takes_descriptor(std::string_view call);

/// One line of /proc/PID/syscall (proc(5)).
struct CallLine {
  bool running = false;         ///< "running": it has no registers to show
  long number = -1;             ///< -1: it sleeps outside of a system call (a page fault, a stop)
  std::uint64_t argument0 = 0;  ///< the first argument, as in its register
};

/// Nothing when the line is none of the forms that proc(5) gives.
[[nodiscard]] std::optional<CallLine> parse_call(std::string_view line);

}  // namespace vigie::proc
