// What can be read of processes: a scan reads what was asked for and nothing else.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
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

/// What recognising runs needs of the processes that may be trainings.
[[nodiscard]] Fields fields_for_runs();

/// Whether the process may be a part of a training that is recognised by its program, libraries or environment.
/// PID/stat is enough to tell that most are not: a framework takes address space, used or not.
[[nodiscard]] bool may_be_training(const ProcessSample& process);

/// What a scan is to read, and of which processes.
struct ScanRequest {
  static constexpr std::uint64_t nobody = std::numeric_limits<std::uint64_t>::max();

  Fields fields;      ///< of every process
  bool runs = false;  ///< and fields_for_runs() of those that may_be_training()
  std::uint64_t marked_since =
      nobody;  ///< and, with `runs`, the environment of those that started at this tick or later
  std::optional<std::span<const pid_t>> only =
      {};  ///< of these pids alone, ascending; those that do not exist leave no row
  /// Of processes that the scan before saw, only these (ascending) are read again; the others have what PID/stat says
  /// and the static_fields() that are remembered. Without it: all of them.
  std::optional<std::span<const pid_t>> again = {};
};

/// Facts that change only when a process executes another program (or, seldom, is moved).
[[nodiscard]] Fields static_fields();

}  // namespace vigie::proc
