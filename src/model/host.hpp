// The host in one snapshot: what does not belong to one process, as the kernel gave it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/host_parts.hpp"
#include "model/reading.hpp"

namespace vigie {

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
  std::uint64_t total = 0, free = 0, buffers = 0, cached = 0, shmem = 0, swap_total = 0, swap_free = 0;
  Reading<std::uint64_t> available = Presence::unsupported;  ///< kernels before 3.14 and some containers lack it
  std::uint64_t swap_cached = 0, anonymous = 0, mapped = 0, dirty = 0, writeback = 0;
  std::uint64_t slab_reclaimable = 0, slab_unreclaimable = 0, kernel_stack = 0, page_tables = 0;
  std::uint64_t commit_limit = 0, committed = 0;
  std::uint64_t hugepages_total = 0, hugepages_free = 0, hugepages_reserved = 0;  ///< pages
  std::uint64_t hugepage_size = 0;
};

/// Memory that programs hold: all that is not available (as free(1) of procps 4); where that is unknown, all that is
/// neither free nor cache.
[[nodiscard]] inline std::uint64_t used_bytes(const Memory& memory) {
  std::uint64_t rest =
      memory.available ? *memory.available : memory.free + memory.buffers + memory.cached + memory.slab_reclaimable;
  if (memory.available && rest > memory.total) rest = memory.free;  // a container whose total is its limit
  return memory.total > rest ? memory.total - rest : 0;
}

[[nodiscard]] inline std::uint64_t swap_used_bytes(const Memory& memory) {
  return memory.swap_total > memory.swap_free ? memory.swap_total - memory.swap_free : 0;
}

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
  Reading<std::vector<CpuSample>> each_cpu;
  Reading<KernelCounters> kernel_counters;
  Reading<Paging> paging;
  Reading<Pressure> cpu_pressure, io_pressure, memory_pressure, irq_pressure;
  Reading<double> load1, load5, load15;
  Reading<TaskCounts> tasks;
  Reading<std::vector<DiskSample>> disks;
  Reading<std::vector<InterfaceSample>> interfaces;
  Reading<std::vector<MountSample>> mounts;
  Reading<std::vector<SensorSample>> sensors;
  Reading<std::vector<NumaNode>> numa;
  Reading<std::vector<FileLock>> locks;  ///< not_read unless asked for
  Reading<double> cpu_hertz;             ///< average over the CPUs
};

}  // namespace vigie
