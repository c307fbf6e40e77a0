// /proc/PID/stat in numbers; pure.
#pragma once

#include <string_view>

#include "model/snapshot.hpp"

namespace vigie::proc {

/// Fills the fields of `process` that one stat line holds (proc(5)). comm is everything between the first '(' and the
/// last ')': it may hold any byte but NUL. Returns false, with `process` partly filled, when the line is malformed.
[[nodiscard]] bool parse_stat(std::string_view line, ProcessSample& process);

/// Only the state letter and the start time: what the state sampler needs. state is '?' when the line is malformed.
struct StateAndStart {
  char state = '?';
  std::uint64_t start_ticks = 0;
};
[[nodiscard]] StateAndStart parse_state(std::string_view line);

/// What only a look in depth wants of a stat line.
struct StatInDepth {
  pid_t foreground_group = -1;       ///< tpgid
  std::uint64_t children_ticks = 0;  ///< cutime and cstime
};
[[nodiscard]] StatInDepth parse_stat_in_depth(std::string_view line);

}  // namespace vigie::proc
