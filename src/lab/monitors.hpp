// Which part of the machine a user watches, by the command line of the tool.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bit_set.hpp"

namespace vigie::lab {

enum class Area : std::uint8_t { cpu = 1, memory = 2, disk = 4, network = 8 };

/// What a process with these arguments shows, as far as its name and options tell: "vmstat 1" shows CPUs, memory and
/// disks, "watch free -h" memory.
[[nodiscard]] BitSet<Area> watched_by(const std::vector<std::string>& arguments);

}  // namespace vigie::lab
