// /proc/PID/limits, and the use of what it limits from status and fd.
#pragma once

#include <string_view>
#include <vector>

#include "model/limit.hpp"

namespace vigie::proc {

/// The lines of a limits file (proc(5)) without their use; malformed ones are left out.
[[nodiscard]] std::vector<ResourceLimit> parse_limits(std::string_view text);

/// Fills in what a status file says about use: memory, locked memory, queued signals.
void add_use(std::string_view status, std::vector<ResourceLimit>& limits);

/// The limits of the process whose directory `dir` is. How many processes its user has is not known here.
[[nodiscard]] Reading<std::vector<ResourceLimit>> read_limits(int dir);

}  // namespace vigie::proc
