// The parts of a host sample that few commands ask for: CPUs one by one, paging, disks, interfaces, mounts, sensors.
// Counters are since boot, as the kernel gave them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "model/reading.hpp"

namespace vigie {

/// CPU time by category since boot, in ticks (/proc/stat, proc(5)). `user` includes guest, `nice` includes guest_nice.
struct CpuTicks {
  std::uint64_t user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
  std::uint64_t guest = 0, guest_nice = 0;

  [[nodiscard]] std::uint64_t total() const { return user + nice + system + idle + iowait + irq + softirq + steal; }
};

/// One online CPU.
struct CpuSample {
  unsigned number = 0;
  CpuTicks ticks;
};

/// The other lines of /proc/stat.
struct KernelCounters {
  std::uint64_t context_switches = 0, interrupts = 0, forks = 0;
  std::uint64_t runnable = 0;  ///< threads on a CPU or waiting for one, vigie's own included
  std::uint64_t blocked = 0;   ///< threads waiting for I/O
};

/// /proc/vmstat, in bytes and events.
struct Paging {
  std::uint64_t paged_in_bytes = 0, paged_out_bytes = 0;  ///< read from and written to block devices (pgpgin, pgpgout)
  std::uint64_t swapped_in_bytes = 0, swapped_out_bytes = 0;
  std::uint64_t faults = 0, major_faults = 0;
  std::uint64_t scanned_pages = 0;  ///< by kswapd and by processes that had to wait for memory
  std::uint64_t reclaimed_pages = 0;
  Reading<std::uint64_t> oom_kills = Presence::unsupported;  ///< kernels before 4.13 do not count them
};

/// The fourth field of /proc/loadavg: threads that run now, and all.
struct TaskCounts {
  std::uint64_t runnable = 0, total = 0;
};

enum class DiskKind : std::uint8_t { nvme, ssd, hdd, loop, ram, zram, md, dm, optical, network, other };

[[nodiscard]] constexpr std::string_view name_of(DiskKind kind) {
  switch (kind) {
    case DiskKind::nvme: return "nvme";
    case DiskKind::ssd: return "ssd";
    case DiskKind::hdd: return "hdd";
    case DiskKind::loop: return "loop";
    case DiskKind::ram: return "ram";
    case DiskKind::zram: return "zram";
    case DiskKind::md: return "md";
    case DiskKind::dm: return "dm";
    case DiskKind::optical: return "optical";
    case DiskKind::network: return "network";
    case DiskKind::other: return "other";
  }
  return "other";
}

/// Whether it is a device of its own: md, dm and loop lie on others, whose traffic would be counted twice.
[[nodiscard]] constexpr bool is_physical(DiskKind kind) {
  return kind == DiskKind::nvme || kind == DiskKind::ssd || kind == DiskKind::hdd || kind == DiskKind::network ||
         kind == DiskKind::other;
}

/// Requests of one direction since boot.
struct DiskRequests {
  std::uint64_t done = 0, merged = 0, bytes = 0, milliseconds = 0;
};

/// One line of /proc/diskstats (Documentation/admin-guide/iostats.rst).
struct DiskSample {
  std::string name;
  DiskKind kind = DiskKind::other;
  bool partition = false;
  DiskRequests reads, writes;
  Reading<DiskRequests> discards = Presence::unsupported;  ///< since 4.18
  Reading<DiskRequests> flushes = Presence::unsupported;   ///< since 5.5; done and milliseconds only
  std::uint64_t in_flight = 0;
  std::uint64_t busy_milliseconds = 0;    ///< at least one request in flight
  std::uint64_t queued_milliseconds = 0;  ///< summed over the requests in flight
};

/// Packets of one direction since boot.
struct PacketCounters {
  std::uint64_t bytes = 0, packets = 0, errors = 0, drops = 0;
};

/// One line of /proc/net/dev.
struct InterfaceSample {
  std::string name;
  bool physical = false;  ///< has a device behind it: not lo, bridges, veth, tunnels
  PacketCounters received, sent;
  Reading<std::string> state;                    ///< operstate: "up", "down", "unknown" (loopback), ...
  Reading<std::uint64_t> link_bytes_per_second;  ///< speed of the link; virtual ones have none
};

/// What statvfs(3) says of a file system.
struct MountUse {
  std::uint64_t total_bytes = 0, free_bytes = 0, available_bytes = 0;  ///< available: to ordinary users
  std::uint64_t files = 0, files_free = 0;

  friend bool operator==(const MountUse&, const MountUse&) = default;
};

/// One line of /proc/self/mountinfo that is a file system with room of its own.
struct MountSample {
  std::string path, source, type;
  bool read_only = false;
  Reading<MountUse> use;  ///< stale or unknown when it did not answer in time
};

/// One line of /proc/locks (proc(5)): a lock on a file, or a wait for one.
struct FileLock {
  std::uint64_t number = 0;  ///< the same of a lock and of those that wait for it
  bool waits = false;
  bool exclusive = false;
  std::string kind;                     ///< "FLOCK" (flock(2)), "POSIX" (fcntl(2)), "OFDLCK", "LEASE"
  pid_t pid = 0;                        ///< -1 of open file description locks, 0 of a process in another PID namespace
  std::uint64_t device = 0, inode = 0;  ///< device as makedev(3)
};

enum class SensorKind : std::uint8_t { temperature, fan, power };

/// One hwmon input (Documentation/hwmon/sysfs-interface.rst): degrees Celsius, revolutions per minute, watts.
struct SensorSample {
  std::string chip, label;
  SensorKind kind = SensorKind::temperature;
  double value = 0;
  Reading<double> critical = Presence::unsupported;
};

/// One NUMA node with memory.
struct NumaNode {
  unsigned number = 0;
  std::string cpus;  ///< "0-63,128-191"
  std::uint64_t total_bytes = 0, free_bytes = 0, file_bytes = 0, anonymous_bytes = 0;
};

}  // namespace vigie
