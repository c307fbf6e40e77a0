// What control groups allow one process and how much of it is used. The limit that counts is the tightest of the
// process's own group and of all its ancestors that can be seen.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "model/host.hpp"
#include "model/reading.hpp"

namespace vigie {

/// No limit: "max" of version 2, -1 or the largest number of pages of version 1.
inline constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

enum class CgroupLayout : std::uint8_t { none, v1, v2, hybrid };

[[nodiscard]] constexpr std::string_view name_of(CgroupLayout layout) {
  switch (layout) {
    case CgroupLayout::none: return "none";
    case CgroupLayout::v1: return "v1";
    case CgroupLayout::v2: return "v2";
    case CgroupLayout::hybrid: return "hybrid";
  }
  return "none";
}

/// Something counted against a limit.
struct CgroupAmount {
  Reading<std::uint64_t> limit;       ///< tightest of all groups, `unlimited` when none has one
  std::string limit_group;            ///< path of the group whose limit it is, as the process's namespace shows it
  Reading<std::uint64_t> limit_used;  ///< what that whole group uses
  Reading<std::uint64_t> used;        ///< what the process's own group uses
};

/// cpu, cpuset and cpuacct (Documentation/admin-guide/cgroup-v2.rst; cgroup-v1/, scheduler/sched-bwc.rst).
struct CgroupCpu {
  Reading<double> quota_cpus;  ///< CPU time per time, in CPUs; infinite without a quota
  std::string quota_group;
  Reading<unsigned> cpuset_cpus;  ///< CPUs that the cpuset allows; the effective ones
  Reading<std::uint64_t> weight;  ///< cpu.weight (1..10000, 100 by default), or cpu.shares (2.., 1024 by default)
  Reading<std::uint64_t> usage_us;
  /// Enforcement periods, those in which a group was stopped, and for how long: of the group whose quota counts.
  Reading<std::uint64_t> periods, throttled_periods, throttled_us;
};

/// Memory in bytes. Events of version 2 count since the group was made.
struct CgroupMemory {
  CgroupAmount bytes;           ///< memory.max, memory.limit_in_bytes
  Reading<std::uint64_t> high;  ///< memory.high: above it the group is slowed and reclaimed
  std::string high_group;
  Reading<std::uint64_t> high_used;  ///< used by the group whose memory.high it is
  CgroupAmount swap;                 ///< swap alone; in version 1 memory.memsw minus memory
  Reading<std::uint64_t>
      inactive_file;  ///< of the group whose limit counts: page cache given back before anything fails
  Reading<std::uint64_t> events_high, events_max, events_oom;  ///< of the group whose limit counts
  Reading<std::uint64_t> oom_kills;                            ///< processes of the own group killed
};

/// Limits on one block device; io.max, blkio.throttle.*.
struct CgroupIoLimit {
  unsigned major = 0, minor = 0;
  std::uint64_t read_bytes_per_second = unlimited, write_bytes_per_second = unlimited;
  std::uint64_t reads_per_second = unlimited, writes_per_second = unlimited;

  friend bool operator==(const CgroupIoLimit&, const CgroupIoLimit&) = default;
};

struct CgroupSample {
  CgroupLayout layout = CgroupLayout::none;
  std::string path;  ///< of the version 2 hierarchy, else of the one with memory
  CgroupCpu cpu;
  CgroupMemory memory;
  Reading<std::vector<CgroupIoLimit>> io;  ///< ascending by device; empty when none is limited
  CgroupAmount pids;
  Reading<Pressure> cpu_pressure, io_pressure, memory_pressure;  ///< of the own group; version 2 only
};

/// One limit of a control group as a row among other limits.
struct CgroupLimit {
  std::string_view name;  ///< "cgroup memory"
  std::string_view unit;  ///< "bytes", "CPUs", "tasks"
  Reading<double> limit;  ///< infinite when there is none
  Reading<double> used;   ///< by the group whose limit it is; not_read for rates
  std::string group;      ///< whose limit it is; empty without one
};
/// CPU quota, cpuset, memory, memory.high, swap, tasks: those that the host offers.
[[nodiscard]] std::vector<CgroupLimit> limits_of(const CgroupSample& group);

/// CPUs' worth of time that a process may use at once: the least of its affinity mask, its cpuset and its quota, and of
/// the host's online CPUs. A part that is not known does not count. 0 when nothing is known.
[[nodiscard]] double effective_cpus(unsigned online, const Reading<unsigned>& affinity,
                                    const Reading<CgroupSample>& cgroup);

/// Memory that a process may use: the host's, or its control group's limit when that is less.
struct EffectiveMemory {
  Reading<std::uint64_t> total;      ///< bytes
  Reading<std::uint64_t> available;  ///< bytes; page cache that can be given back counts as available
  bool limited = false;              ///< a control group's limit is the tighter of the two
};
[[nodiscard]] EffectiveMemory effective_memory(const Reading<Memory>& host, const Reading<CgroupSample>& cgroup);

}  // namespace vigie
