// A Delta: what changed between two snapshots, per second or in percent. A rate that cannot be known is absent with a
// reason, never zero.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "model/call.hpp"
#include "model/cgroup_rates.hpp"
#include "model/detail_delta.hpp"
#include "model/gpu.hpp"
#include "model/host_rates.hpp"
#include "model/net.hpp"
#include "model/reading.hpp"
#include "model/task.hpp"
#include "model/trace_rates.hpp"

namespace vigie {

/// How often a process was seen in which state during the interval; fractions 0..1 of the looks.
struct StateShares {
  std::uint64_t looks = 0;
  double running = 0, disk = 0, stopped = 0, asleep = 0;
  double threads_running = 0;  ///< average number of running threads
  double alone = 0;            ///< exactly one thread running
  double in_poll = 0, in_futex = 0, in_pipe = 0, in_timer = 0, locked = 0, perhaps_locked = 0, in_network = 0;
  double below = 0, below_running = 0, below_disk = 0, below_network = 0;  ///< as in StateCounts
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

struct Delta {
  double elapsed_seconds = 0;  ///< 0 when there was no earlier snapshot
  HostRates host;
  std::vector<ProcessRates> processes;              ///< parallel to the later snapshot's processes
  std::vector<Reading<double>> thread_cpu_percent;  ///< parallel to the later snapshot's threads
  std::vector<DetailRates> details;                 ///< parallel to the later snapshot's details
  /// Resident bytes gained by the mappings of all details together, per MappingKind; absent when they were not read.
  std::array<Reading<std::int64_t>, mapping_kinds> rss_growth_bytes;
  std::vector<CgroupRates> cgroups;                    ///< parallel to the later snapshot's details
  std::vector<Reading<std::vector<CallShare>>> calls;  ///< parallel to the later snapshot's details
  NetDelta net;
  GpuDelta gpu;
  TraceRates trace;  ///< of the snapshot's recording of system calls; empty without one
};

}  // namespace vigie
