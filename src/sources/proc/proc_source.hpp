// Processes from a proc tree: one scan reads what was asked for and nothing else.
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
};

using Fields = BitSet<Field>;
[[nodiscard]] constexpr Fields operator|(Field a, Field b) {
  return Fields(a) | b;
}

/// What recognising runs needs of every process.
[[nodiscard]] Fields fields_for_runs();

/// Appends every process of the tree to `processes`, ascending by pid. A process that vanishes midway leaves no row.
/// Parts that cannot be read are absent with the reason. Returns how the source fared; fails when the tree cannot be
/// listed.
Result<SourceStatus> scan(const Root& root, Fields fields, std::vector<ProcessSample>& processes,
                          std::span<const pid_t> only = {});

/// Whether this very process exists now and has not ended.
[[nodiscard]] bool is_alive(const Root& root, ProcessId id);

}  // namespace vigie::proc
