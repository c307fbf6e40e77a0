// What a recording keeps of each part of a snapshot. Members are only ever added, at the end of a list (archive.hpp).
#pragma once

#include <tuple>

#include "model/snapshot.hpp"
#include "wire/archive.hpp"

namespace vigie {

[[nodiscard]] constexpr ThreadState last_of(ThreadState) {
  return ThreadState::stopped;
}
[[nodiscard]] constexpr DiskKind last_of(DiskKind) {
  return DiskKind::other;
}
[[nodiscard]] constexpr SensorKind last_of(SensorKind) {
  return SensorKind::power;
}
[[nodiscard]] constexpr CgroupLayout last_of(CgroupLayout) {
  return CgroupLayout::hybrid;
}
[[nodiscard]] constexpr GpuVendor last_of(GpuVendor) {
  return GpuVendor::intel;
}
[[nodiscard]] constexpr GpuState last_of(GpuState) {
  return GpuState::unopened;
}
[[nodiscard]] constexpr GpuRecovery last_of(GpuRecovery) {
  return GpuRecovery::drain_and_reset;
}
[[nodiscard]] constexpr GpuWork last_of(GpuWork) {
  return GpuWork::mps;
}
[[nodiscard]] constexpr Hold last_of(Hold) {
  return Hold::library;
}
[[nodiscard]] constexpr MappingKind last_of(MappingKind) {
  return MappingKind::special;
}
[[nodiscard]] constexpr FileType last_of(FileType) {
  return FileType::unknown;
}
[[nodiscard]] constexpr SourceState last_of(SourceState) {
  return SourceState::late;
}
[[nodiscard]] constexpr Framework last_of(Framework) {  // a set of bits
  return Framework(15);
}

using wire::Is;

auto members(Is<Instant> auto& v) {
  return std::tie(v.boot_ns, v.wall_ns);
}

// --- the host

auto members(Is<CpuTicks> auto& v) {
  return std::tie(v.user, v.nice, v.system, v.idle, v.iowait, v.irq, v.softirq, v.steal, v.guest, v.guest_nice);
}
auto members(Is<CpuSample> auto& v) {
  return std::tie(v.number, v.ticks);
}
auto members(Is<KernelCounters> auto& v) {
  return std::tie(v.context_switches, v.interrupts, v.forks, v.runnable, v.blocked);
}
auto members(Is<Paging> auto& v) {
  return std::tie(v.paged_in_bytes, v.paged_out_bytes, v.swapped_in_bytes, v.swapped_out_bytes, v.faults,
                  v.major_faults, v.scanned_pages, v.reclaimed_pages, v.oom_kills);
}
auto members(Is<TaskCounts> auto& v) {
  return std::tie(v.runnable, v.total);
}
auto members(Is<DiskRequests> auto& v) {
  return std::tie(v.done, v.merged, v.bytes, v.milliseconds);
}
auto members(Is<DiskSample> auto& v) {
  return std::tie(v.name, v.kind, v.partition, v.reads, v.writes, v.discards, v.flushes, v.in_flight,
                  v.busy_milliseconds, v.queued_milliseconds);
}
auto members(Is<PacketCounters> auto& v) {
  return std::tie(v.bytes, v.packets, v.errors, v.drops);
}
auto members(Is<InterfaceSample> auto& v) {
  return std::tie(v.name, v.physical, v.received, v.sent, v.state, v.link_bytes_per_second);
}
auto members(Is<MountUse> auto& v) {
  return std::tie(v.total_bytes, v.free_bytes, v.available_bytes, v.files, v.files_free);
}
auto members(Is<MountSample> auto& v) {
  return std::tie(v.path, v.source, v.type, v.read_only, v.use);
}
auto members(Is<SensorSample> auto& v) {
  return std::tie(v.chip, v.label, v.kind, v.value, v.critical);
}
auto members(Is<NumaNode> auto& v) {
  return std::tie(v.number, v.cpus, v.total_bytes, v.free_bytes, v.file_bytes, v.anonymous_bytes);
}
auto members(Is<FileLock> auto& v) {
  return std::tie(v.number, v.waits, v.exclusive, v.kind, v.pid, v.device, v.inode);
}
auto members(Is<PressureLine> auto& v) {
  return std::tie(v.avg10, v.avg60, v.avg300, v.total_us);
}
auto members(Is<Pressure> auto& v) {
  return std::tie(v.some, v.full);
}
auto members(Is<Memory> auto& v) {
  return std::tie(v.total, v.free, v.buffers, v.cached, v.shmem, v.swap_total, v.swap_free, v.available, v.swap_cached,
                  v.anonymous, v.mapped, v.dirty, v.writeback, v.slab_reclaimable, v.slab_unreclaimable, v.kernel_stack,
                  v.page_tables, v.commit_limit, v.committed, v.hugepages_total, v.hugepages_free, v.hugepages_reserved,
                  v.hugepage_size);
}
auto members(Is<HostSample> auto& v) {
  return std::tie(v.name, v.boot_id, v.kernel, v.boot_wall_ns, v.cpus, v.cpus_allowed, v.cpu, v.memory, v.each_cpu,
                  v.kernel_counters, v.paging, v.cpu_pressure, v.io_pressure, v.memory_pressure, v.irq_pressure,
                  v.load1, v.load5, v.load15, v.tasks, v.disks, v.interfaces, v.mounts, v.sensors, v.numa, v.cpu_hertz,
                  v.locks);
}

// --- processes

auto members(Is<ProcessId> auto& v) {
  return std::tie(v.pid, v.start_ticks);
}
auto members(Is<ProcessIo> auto& v) {
  return std::tie(v.rchar, v.wchar, v.syscr, v.syscw, v.read_bytes, v.write_bytes);
}
auto members(Is<SchedStat> auto& v) {
  return std::tie(v.on_cpu_ns, v.run_delay_ns);
}
auto members(Is<RunVariables> auto& v) {
  return std::tie(v.rank, v.local_rank, v.world_size, v.vigie_run_id, v.math_threads);
}
auto members(Is<StateCounts> auto& v) {
  return std::tie(v.looks, v.running, v.disk, v.stopped, v.asleep, v.threads_running, v.alone, v.in_poll, v.in_futex,
                  v.in_pipe, v.in_timer, v.locked, v.in_network, v.perhaps_locked, v.below, v.below_running,
                  v.below_disk, v.below_network);
}
auto members(Is<ProcessSample> auto& v) {
  return std::tie(v.id, v.ppid, v.process_group, v.session, v.state, v.comm, v.nice, v.priority, v.processor, v.tty,
                  v.threads, v.user_ticks, v.system_ticks, v.minor_faults, v.major_faults, v.rss_bytes, v.virtual_bytes,
                  v.kernel_thread, v.uid, v.cmdline, v.exe, v.cwd, v.wchan, v.cgroup, v.io, v.sched, v.shared_bytes,
                  v.swap_bytes, v.pss_bytes, v.io_priority, v.io_wait_ticks, v.voluntary_switches,
                  v.involuntary_switches, v.cpus_allowed, v.variables, v.frameworks, v.states, v.false_keeper);
}
auto members(Is<ThreadSample> auto& v) {
  return std::tie(v.id, v.process, v.state, v.comm, v.nice, v.priority, v.processor, v.cpu_ticks);
}

// --- control groups, and other details of few processes

auto members(Is<CgroupAmount> auto& v) {
  return std::tie(v.limit, v.limit_group, v.limit_used, v.used);
}
auto members(Is<CgroupCpu> auto& v) {
  return std::tie(v.quota_cpus, v.quota_group, v.cpuset_cpus, v.weight, v.usage_us, v.periods, v.throttled_periods,
                  v.throttled_us);
}
auto members(Is<CgroupMemory> auto& v) {
  return std::tie(v.bytes, v.high, v.high_group, v.high_used, v.swap, v.inactive_file, v.events_high, v.events_max,
                  v.events_oom, v.oom_kills);
}
auto members(Is<CgroupIoLimit> auto& v) {
  return std::tie(v.major, v.minor, v.read_bytes_per_second, v.write_bytes_per_second, v.reads_per_second,
                  v.writes_per_second);
}
auto members(Is<CgroupSample> auto& v) {
  return std::tie(v.layout, v.path, v.cpu, v.memory, v.io, v.pids, v.cpu_pressure, v.io_pressure, v.memory_pressure);
}
auto members(Is<ResourceLimit> auto& v) {
  return std::tie(v.name, v.unit, v.soft, v.hard, v.used);
}
auto members(Is<OpenFile> auto& v) {
  return std::tie(v.hold, v.fd, v.type, v.readable, v.writable, v.append, v.deleted, v.path, v.info, v.size_bytes,
                  v.position_bytes, v.device, v.inode);
}
auto members(Is<MappedPart> auto& v) {
  return std::tie(v.kind, v.path, v.bytes);
}
auto members(Is<SharedSegment> auto& v) {
  return std::tie(v.path, v.bytes, v.uid);
}
auto members(Is<SharedMemory> auto& v) {
  return std::tie(v.use, v.same_as_ours, v.segments);
}
auto members(Is<CallKey> auto& v) {
  return std::tie(v.comm, v.state, v.call, v.file);
}
auto members(Is<Doing> auto& v) {
  return std::tie(v.foreground_group, v.children_ticks, v.threads);
}
auto members(Is<ProcessDetail> auto& v) {  // no environment: a recording is made to be given to others
  return std::tie(v.id, v.cgroup, v.limits, v.files, v.layout, v.shared_memory, v.doing, v.mounts);
}

auto members(Is<SourceStatus> auto& v) {
  return std::tie(v.name, v.state, v.reason, v.duration_seconds, v.method);
}
// --- GPUs

auto members(Is<EngineUse> auto& v) {
  return std::tie(v.engine, v.used, v.total);
}
auto members(Is<GpuClient> auto& v) {
  return std::tie(v.pid, v.work, v.instance, v.memory_bytes, v.busy_percent, v.memory_busy_percent, v.engines);
}
auto members(Is<GpuInstance> auto& v) {
  return std::tie(v.number, v.uuid, v.name, v.memory_total_bytes, v.memory_used_bytes, v.sm_active_percent);
}
auto members(Is<GpuSample> auto& v) {
  return std::tie(
      v.vendor, v.state, v.index, v.uuid, v.name, v.pci, v.driver, v.age_seconds, v.memory_total_bytes,
      v.memory_used_bytes, v.memory_reserved_bytes, v.busy_percent, v.memory_busy_percent, v.sm_active_percent,
      v.sm_occupancy_percent, v.tensor_active_percent, v.dram_active_percent, v.gpm_pcie_sent_per_second,
      v.gpm_pcie_received_per_second, v.gpm_nvlink_sent_per_second, v.gpm_nvlink_received_per_second, v.power_watts,
      v.power_limit_watts, v.energy_joules, v.temperature_celsius, v.memory_temperature_celsius, v.slowdown_celsius,
      v.fan_percent, v.sm_clock_hertz, v.sm_clock_max_hertz, v.memory_clock_hertz, v.memory_clock_max_hertz, v.throttle,
      v.throttle_power_ns, v.throttle_thermal_ns, v.pcie_sent_bytes, v.pcie_received_bytes, v.pcie_generation,
      v.pcie_width, v.pcie_generation_max, v.pcie_width_max, v.nvlink_sent_bytes, v.nvlink_received_bytes,
      v.ecc_corrected, v.ecc_uncorrected, v.remapped_rows, v.remap_pending, v.remap_failed, v.xid, v.mig, v.instances,
      v.clients, v.recovery, v.power_default_watts, v.xids, v.shared_memory);
}

auto members(Is<UserName> auto& v) {
  return std::tie(v.uid, v.name);
}
auto members(Is<Snapshot> auto& v) {
  return std::tie(v.before, v.after, v.host, v.processes, v.threads, v.details, v.sources, v.observer, v.users, v.gpus);
}

}  // namespace vigie
