// What can be read of processes: a scan reads what was asked for and nothing else.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bit_set.hpp"
#include "base/result.hpp"
#include "base/root.hpp"
#include "model/snapshot.hpp"

namespace vigie::proc {

/// What to read of each process beyond /proc/PID/stat and the owner; a set of bits.
enum class Field : std::uint32_t {
  cmdline = 1U << 0,
  exe = 1U << 1,
  io = 1U << 2,
  sched = 1U << 3,
  wchan = 1U << 4,
  cgroup = 1U << 5,
  shared = 1U << 6,      ///< statm
  status = 1U << 7,      ///< context switches, allowed CPUs
  variables = 1U << 8,   ///< environ
  frameworks = 1U << 9,  ///< maps, of Python and other likely programs only
  cwd = 1U << 10,
  pss = 1U << 11,          ///< smaps_rollup, as far as the time for it reaches: it may stall the process itself
  io_priority = 1U << 12,  ///< ioprio_get(2); the live host only
  io_wait = 1U << 13,      ///< in stat; asks whether the kernel counts it
};

using Fields = BitSet<Field>;
[[nodiscard]] constexpr Fields operator|(Field a, Field b) {
  return Fields(a) | b;
}

/// What recognising runs needs of every process.
[[nodiscard]] Fields fields_for_runs();

/// Facts that change only when a process executes another program (or, seldom, is moved).
[[nodiscard]] Fields static_fields();

/// Whether this very process exists now and has not ended.
[[nodiscard]] bool is_alive(const Root& root, ProcessId id);

}  // namespace vigie::proc
