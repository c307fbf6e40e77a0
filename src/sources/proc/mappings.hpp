// Memory maps: /proc/PID/maps (what is mapped) and /proc/PID/smaps (how much of it is resident; the kernel walks the
// page tables for it, which takes seconds on a process of hundreds of gigabytes and holds up its mmap calls).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/root.hpp"
#include "model/mapping.hpp"

namespace vigie::proc {

/// Appends the mappings in whole lines of maps or smaps to `mappings`; lines of smaps that follow a mapping tell about
/// the last one. Names are unescaped (a newline is \012 there) and " (deleted)" is taken off. Malformed lines are left
/// out.
void parse_mappings(std::string_view lines, std::vector<Mapping>& mappings);

/// smaps, and maps for the rest when `deadline_ns` (CLOCK_MONOTONIC) has passed: then their `use` is unknown.
[[nodiscard]] Reading<std::vector<Mapping>> read_mappings(const Root& root, int dir, std::int64_t deadline_ns);

/// maps alone: no use.
[[nodiscard]] Reading<std::vector<Mapping>> read_map_names(const Root& root, int dir);

}  // namespace vigie::proc
