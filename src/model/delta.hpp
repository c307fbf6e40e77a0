// A Delta: what changed between two snapshots, per second or in percent. A rate that cannot be known is absent with a
// reason, never zero.
#pragma once

#include <cstdint>
#include <vector>

#include "model/net.hpp"
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

struct Delta {
  double elapsed_seconds = 0;  ///< 0 when there was no earlier snapshot
  HostRates host;
  std::vector<ProcessRates> processes;  ///< parallel to the later snapshot's processes
  NetDelta net;
};

}  // namespace vigie
