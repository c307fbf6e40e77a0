// A Delta: what changed between two snapshots, per second or in percent. A rate that cannot be known is absent with a
// reason, never zero.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "model/detail_delta.hpp"
#include "model/reading.hpp"
#include "model/task.hpp"

namespace vigie {

/// How often a process was seen in which state during the interval; fractions 0..1 of the looks.
struct StateShares {
  std::uint64_t looks = 0;
  double running = 0, disk = 0, stopped = 0, asleep = 0;
  double threads_running = 0;  ///< average number of running threads
  double alone = 0;            ///< exactly one thread running
  double in_poll = 0, in_futex = 0, in_pipe = 0, in_timer = 0;
};

struct ProcessRates {
  Reading<double> cpu_percent;  ///< 100 per CPU; over the interval, or over the life of a process younger than it
  Reading<double> read_bytes_per_second, write_bytes_per_second;  ///< storage (io read_bytes, write_bytes)
  Reading<double> read_chars_per_second, write_chars_per_second;  ///< all reads and writes (io rchar, wchar)
  Reading<double> read_calls_per_second;                          ///< io syscr
  Reading<double> io_wait_percent;                                ///< waiting for block devices, of wall time
  Reading<double> run_delay_percent;                              ///< runnable without a CPU, of wall time
  Reading<double> major_faults_per_second;
  Reading<double> voluntary_switches_per_second, involuntary_switches_per_second;
  Reading<StateShares> states;
};

struct HostRates {
  Reading<double> cpu_busy_percent;  ///< 100 per CPU
  Reading<double> cpu_idle_percent;  ///< 100 per CPU, iowait included
  Reading<double> iowait_percent;    ///< 100 per CPU
};

/// How a process's control group fared during the interval.
struct CgroupRates {
  Reading<double> cpu_percent;           ///< CPU used by its own group; 100 per CPU
  Reading<double> throttled_percent;     ///< of the enforcement periods, those in which a quota stopped it
  Reading<double> cpu_pressure_percent;  ///< wall time in which some task of the group waited for a CPU
  Reading<double> io_pressure_percent, memory_pressure_percent;
  Reading<double> oom_kills;  ///< processes of the group killed in the interval
};

struct Delta {
  double elapsed_seconds = 0;  ///< 0 when there was no earlier snapshot
  HostRates host;
  std::vector<ProcessRates> processes;  ///< parallel to the later snapshot's processes
  std::vector<Reading<double>> thread_cpu_percent;  ///< parallel to the later snapshot's threads
  std::vector<DetailRates> details;     ///< parallel to the later snapshot's details
  /// Resident bytes gained by the mappings of all details together, per MappingKind; absent when they were not read.
  std::array<Reading<std::int64_t>, mapping_kinds> rss_growth_bytes;
  std::vector<CgroupRates> cgroups;  ///< parallel to the later snapshot's details
};

}  // namespace vigie
