// What changed on the host between two snapshots. A rate that cannot be known is absent with a reason.
#pragma once

#include <vector>

#include "model/reading.hpp"

namespace vigie {

/// How CPU time was spent, percent of the CPU time there was: 0 to 100, of one CPU or of all together.
struct CpuShares {
  Reading<double> user, nice, system, irq, softirq, iowait, steal, guest, idle;  ///< user and nice without guests
};

/// One direction of a disk over the interval, as iostat -x counts.
struct RequestRates {
  Reading<double> per_second, merged_per_second, bytes_per_second;
  Reading<double> await_seconds;  ///< average of the requests that ended; unknown without any
  Reading<double> size_bytes;     ///< average of a request; unknown without any
};

struct DiskRates {
  RequestRates reads, writes, discards, flushes;
  Reading<double> queue_length;  ///< requests waiting or in service, on average (aqu-sz)
  Reading<double> busy_percent;  ///< time with at least one request in flight (%util)
};

/// One direction of an interface.
struct PacketRates {
  Reading<double> bytes_per_second, packets_per_second, errors_per_second, drops_per_second;
};

struct InterfaceRates {
  PacketRates received, sent;
};

/// Share of the interval, in percent, in which some or all tasks waited for a resource.
struct PressureShares {
  Reading<double> some_percent, full_percent;
};

struct HostRates {
  Reading<double> cpu_busy_percent;  ///< 100 per CPU
  Reading<double> cpu_idle_percent;  ///< 100 per CPU, iowait included
  Reading<double> iowait_percent;    ///< 100 per CPU
  CpuShares cpu;                     ///< of all CPUs together
  std::vector<CpuShares> each_cpu;   ///< parallel to the later sample's each_cpu
  Reading<double> context_switches_per_second, interrupts_per_second, forks_per_second;
  Reading<double> paged_in_bytes_per_second, paged_out_bytes_per_second;
  Reading<double> swapped_in_bytes_per_second, swapped_out_bytes_per_second;
  Reading<double> faults_per_second, major_faults_per_second, scanned_pages_per_second, oom_kills_per_second;
  PressureShares cpu_pressure, io_pressure, memory_pressure, irq_pressure;
  std::vector<DiskRates> disks;            ///< parallel to the later sample's disks
  std::vector<InterfaceRates> interfaces;  ///< parallel to the later sample's interfaces
};

}  // namespace vigie
