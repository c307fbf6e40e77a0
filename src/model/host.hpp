// The host in one snapshot: what does not belong to one process, as the kernel gave it.
#pragma once

#include <cstdint>
#include <string>

#include "model/reading.hpp"

namespace vigie {

/// CPU time of the host by category since boot, in ticks (first line of /proc/stat, proc(5)).
struct CpuTicks {
  std::uint64_t user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;

  [[nodiscard]] std::uint64_t total() const { return user + nice + system + idle + iowait + irq + softirq + steal; }
};

/// One line of /proc/pressure/*: averages in percent, total in microseconds (Documentation/accounting/psi.rst).
struct PressureLine {
  double avg10 = 0, avg60 = 0, avg300 = 0;
  std::uint64_t total_us = 0;
};

struct Pressure {
  PressureLine some, full;
};

/// /proc/meminfo in bytes.
struct Memory {
  std::uint64_t total = 0, free = 0, available = 0, buffers = 0, cached = 0, shmem = 0, swap_total = 0, swap_free = 0;
};

/// What does not belong to one process.
struct HostSample {
  std::string name;                ///< host name
  std::string boot_id;             ///< /proc/sys/kernel/random/boot_id
  std::string kernel;              ///< release
  std::int64_t boot_wall_ns = 0;   ///< when the host booted, wall clock (btime of /proc/stat)
  unsigned cpus = 0;               ///< online CPUs
  Reading<unsigned> cpus_allowed;  ///< CPUs that vigie's own affinity mask allows
  Reading<CpuTicks> cpu;
  Reading<Memory> memory;
  Reading<Pressure> cpu_pressure, io_pressure, memory_pressure;
  Reading<double> load1, load5, load15;
};

}  // namespace vigie
