// Which parts of the host a command wants: each is read only when it is asked for.
#pragma once

#include <cstdint>

#include "base/bit_set.hpp"

namespace vigie::sys {

enum class Part : std::uint16_t {
  cpu = 1 << 0,         ///< ticks of all CPUs together, switches, interrupts, forks (stat)
  each_cpu = 1 << 1,    ///< ticks of each CPU
  memory = 1 << 2,      ///< meminfo
  paging = 1 << 3,      ///< vmstat
  pressure = 1 << 4,    ///< pressure/*
  load = 1 << 5,        ///< loadavg
  disks = 1 << 6,       ///< diskstats and the kind of each disk
  interfaces = 1 << 7,  ///< net/dev
  mounts = 1 << 8,      ///< file systems and their room
  sensors = 1 << 9,     ///< hwmon
  frequency = 1 << 10,  ///< clock of the CPUs
  numa = 1 << 11,       ///< memory of each node
  locks = 1 << 12,      ///< of files, and those that wait for them
};
using Parts = BitSet<Part>;

}  // namespace vigie::sys
