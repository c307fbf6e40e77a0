// What /proc still tells of a process at the moment of an event: it may be gone within microseconds.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "base/root.hpp"
#include "model/process_event.hpp"

namespace vigie::events {

struct Glimpse {
  bool seen = false;  ///< whether there was anything to see: all of `stat` or nothing
  ProcessId id;
  pid_t ppid = 0, session = 0;
  char state = '?';
  unsigned threads = 0;
  std::string comm;
  std::uint64_t cpu_ticks = 0;  ///< all threads, so far
  Reading<uid_t> uid;
  Reading<SharedText> cmdline;  ///< read when asked for
};

/// One look at /proc/PID/stat. `buffer` is scratch space.
[[nodiscard]] Glimpse glimpse(const Root& root, pid_t pid, std::string& buffer);
/// The same with the command line, and with the owner of the process.
[[nodiscard]] Glimpse glimpse_of_program(const Root& root, pid_t pid, std::string& buffer);

}  // namespace vigie::events
