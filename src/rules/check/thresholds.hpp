// Every number that the checklist compares with, in one table, with where it comes from.
#pragma once

namespace vigie::rules::check_thresholds {

/// A value is a warning from `warning` on and critical from `critical` on.
struct Bounds {
  double warning = 0;
  double critical = 0;
  bool low_is_bad = false;  ///< the bounds are lower ones
};
/// Nothing is critical about it.
inline constexpr double never = 1e300;

/// Busy CPUs are what a host is for; from here on any other task has to wait.
inline constexpr Bounds cpu_busy_percent{.warning = 95, .critical = never};
/// A third of the time in the kernel is the usual sign of a system call or interrupt problem, not of work.
inline constexpr Bounds cpu_system_percent{.warning = 30, .critical = 60};
/// CPUs idle while a disk is waited for: 20 % is the usual rule of thumb of vmstat and iostat users.
inline constexpr Bounds cpu_iowait_percent{.warning = 20, .critical = 50};
/// Ready and waiting tasks per allowed CPU (uptime(1)); counts only together with pressure below.
inline constexpr Bounds load_per_cpu{.warning = 1, .critical = 2};
/// Share of time in which a task waited (Documentation/accounting/psi.rst), last 10 s. Systems that act on pressure do
/// so at 60 % of memory (systemd-oomd's default over 30 s); CPU and I/O hurt a training from about a fifth on.
inline constexpr Bounds cpu_pressure_percent{.warning = 20, .critical = 60};
inline constexpr Bounds memory_pressure_percent{.warning = 10, .critical = 40};
inline constexpr Bounds io_pressure_percent{.warning = 20, .critical = 60};
/// Of memory: below a tenth caches go, and the next epoch reads from disk; below a twentieth the OOM killer is near.
inline constexpr Bounds memory_available_percent{.warning = 10, .critical = 5, .low_is_bad = true};
/// Swap use is to be near 0; what an idle daemon left there long ago does no harm.
inline constexpr Bounds swap_used_percent{.warning = 5, .critical = 50};
/// MiB a second in and out: any steady traffic costs a training more than the memory is worth.
inline constexpr Bounds swap_traffic{.warning = 1, .critical = 20};
/// Time with a request in flight (iostat's %util): 80 % is the checklist's number; a disk that serves many requests at
/// once may have room left, which disk.await tells.
inline constexpr Bounds disk_busy_percent{.warning = 80, .critical = never};
/// Milliseconds a request takes: a rotating disk needs about 10 for one alone, flash well below 1.
inline constexpr Bounds await_hdd_milliseconds{.warning = 25, .critical = 100};
inline constexpr Bounds await_ssd_milliseconds{.warning = 10, .critical = 50};
inline constexpr Bounds await_nvme_milliseconds{.warning = 5, .critical = 25};
inline constexpr Bounds await_network_milliseconds{.warning = 25, .critical = 200};
/// File systems get slow and writes fail from here on; checkpoints are large.
inline constexpr Bounds space_percent{.warning = 90, .critical = 97};
/// Loader workers pass batches through /dev/shm: a batch that does not fit kills them.
inline constexpr Bounds shm_percent{.warning = 80, .critical = 95};
/// Warm: so near to the critical temperature that the hardware tells (hwmon temp*_crit), or to the usual one without.
inline constexpr double warm_celsius = 10;
inline constexpr double usual_critical_celsius = 95;
/// Packets with errors or dropped, per second, of all real interfaces.
inline constexpr Bounds packets_lost{.warning = 1, .critical = 100};
/// Zombies hold a pid and nothing else; many say that a parent does not wait for its children.
inline constexpr Bounds zombies{.warning = 10, .critical = 1000};
/// A few tasks in D are I/O under way; many are a disk or a network file system that does not answer.
inline constexpr Bounds disk_sleepers{.warning = 5, .critical = 20};
/// Of the enforcement periods: kernel documents give no number; 5 % already shows as jitter of step times.
inline constexpr Bounds throttled_percent{.warning = 5, .critical = 50};
/// Of pids.max: fork() fails at 100.
inline constexpr Bounds pids_percent{.warning = 80, .critical = 95};
/// Processes of the group that the OOM killer took: one is one too many.
inline constexpr Bounds oom_kills{.warning = 1, .critical = never};
/// Time ready to run, but without a CPU, of wall time.
inline constexpr Bounds run_delay_percent{.warning = 10, .critical = 50};
/// Page faults that read from storage; a training whose data does not fit makes hundreds.
inline constexpr Bounds major_faults_per_second{.warning = 100, .critical = 1000};
/// Of the memory it may use, shared pages counted once.
inline constexpr Bounds target_memory_percent{.warning = 85, .critical = 95};

/// GPUs. Warm: so near to the temperature at which it slows itself down, as the driver tells it; cards of Ada and later
/// tell none: GeForce cards stop at 88-90, those of servers at 87-95 (NVIDIA's data sheets). Cards at full power in
/// logs of others have 45-87.
inline constexpr double warm_gpu_celsius = 3;
inline constexpr double usual_gpu_celsius = 95;
/// Of the power limit: real peaks reach 109 %, see thresholds.hpp.
inline constexpr Bounds gpu_power_percent{.warning = 150, .critical = never};
/// SM clock of its highest, when something other than the power limit holds it down.
inline constexpr Bounds gpu_clock_percent{.warning = 90, .critical = -1, .low_is_bad = true};
/// Rate of the link as a part of its highest, when that much of it is used.
inline constexpr Bounds gpu_link_percent{.warning = 100, .critical = -1, .low_is_bad = true};
inline constexpr double gpu_link_used_percent = 10;
/// Memory of idle processes: less is a context.
inline constexpr Bounds gpu_held_gib{.warning = 1, .critical = never};

}  // namespace vigie::rules::check_thresholds
