// The parsers of the host's files. Each takes the whole text of one file and cannot fail: a value that is garbage or
// missing leaves its reading absent.
#pragma once

#include <string_view>
#include <vector>

#include "model/host.hpp"

namespace vigie::sys {

enum class EachCpu : bool { no, yes };

/// /proc/stat (proc(5)): cpu, cpus, kernel_counters, boot_wall_ns, and each_cpu when asked.
void parse_stat(std::string_view text, EachCpu each, HostSample& host);
/// /proc/meminfo. Unknown without MemTotal.
[[nodiscard]] Reading<Memory> parse_meminfo(std::string_view text);
/// Counts what the cache of ZFS would give back as available: its size above the least that it keeps (c_min), which
/// MemAvailable knows nothing of (openzfs, module/os/linux/spl/spl-kstat.c: "name type data").
void add_arc(std::string_view arcstats, Memory& memory);
/// /proc/vmstat. Unknown without its paging counters.
[[nodiscard]] Reading<Paging> parse_vmstat(std::string_view text);
/// /proc/loadavg: load1, load5, load15, tasks.
void parse_loadavg(std::string_view text, HostSample& host);
/// /proc/pressure/*; a line that the kernel does not have (`full` of cpu before 5.13) is all zero.
[[nodiscard]] Reading<Pressure> parse_pressure(std::string_view text);
/// /proc/diskstats; kinds by name alone. Lines cut short are left out.
[[nodiscard]] std::vector<DiskSample> parse_diskstats(std::string_view text);
/// /proc/net/dev. Lines cut short are left out.
[[nodiscard]] std::vector<InterfaceSample> parse_net_dev(std::string_view text);
/// /proc/self/mountinfo: file systems with room of their own, the topmost of each path, without their use.
[[nodiscard]] std::vector<MountSample> parse_mountinfo(std::string_view text);
/// /proc/locks (proc(5)). Lines cut short are left out.
[[nodiscard]] std::vector<FileLock> parse_locks(std::string_view text);
/// /sys/devices/system/node/nodeN/meminfo.
[[nodiscard]] NumaNode parse_node_meminfo(std::string_view text);

}  // namespace vigie::sys
