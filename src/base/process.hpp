// One process by the first fields of /proc/PID/stat (proc(5)), for questions about a single pid at this moment.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace vigie {

struct ProcessStat {
  std::string comm;
  char state = '?';
  pid_t parent = 0;
  pid_t group = 0;                ///< its process group
  pid_t foreground = 0;           ///< the group that its terminal belongs to at this moment; -1 without a terminal
  std::uint64_t start_ticks = 0;  ///< since boot, in clock ticks
};

/// What `pid` is at this moment. Returns 0 or the errno: ESRCH when there is no such process, is_shortage()
/// (base/file.hpp) when that cannot be told.
[[nodiscard]] int read_process_stat(pid_t pid, ProcessStat& stat);
/// The same; nothing when there is no such process, or it cannot be told.
[[nodiscard]] std::optional<ProcessStat> stat_of_process(pid_t pid);

/// Whether the /proc that is mounted here numbers processes as this process's PID namespace does. In a namespace that
/// was made without a /proc of its own, /proc/PID is another process.
[[nodiscard]] bool proc_is_of_this_namespace();

/// What vigie reads of a line of /proc/PID/stat; nothing when it is malformed.
[[nodiscard]] std::optional<ProcessStat> parse_process_stat(const std::string& line);

}  // namespace vigie
