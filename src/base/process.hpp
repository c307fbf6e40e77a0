// One process as the first fields of /proc/PID/stat tell of it (proc(5)), for what must be asked of a single pid now.
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
  std::uint64_t start_ticks = 0;  ///< since boot, in clock ticks
};

/// What `pid` is at this moment; nothing when there is no such process.
[[nodiscard]] std::optional<ProcessStat> stat_of_process(pid_t pid);

/// What vigie reads of a line of /proc/PID/stat; nothing when it is malformed.
[[nodiscard]] std::optional<ProcessStat> parse_process_stat(const std::string& line);

}  // namespace vigie
