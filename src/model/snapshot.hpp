// A Snapshot: counters and gauges as the kernel gave them, nothing derived. Immutable once taken; live and replayed
// snapshots are the same type.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "model/reading.hpp"
#include "model/run.hpp"
#include "model/task.hpp"

namespace vigie {

/// The kernel's tick, USER_HZ: times in /proc/PID/stat and /proc/stat are in 1/100 s on every Linux architecture vigie
/// runs on (sysconf(_SC_CLK_TCK), proc(5)).
inline constexpr double ticks_per_second = 100.0;

/// How one source fared in this scan.
enum class SourceState : std::uint8_t { ok, partial, denied, missing, late };

struct SourceStatus {
  std::string_view name;  ///< "proc", "sys", "samples", "runs"
  SourceState state = SourceState::ok;
  std::string reason;  ///< empty when ok
  double duration_seconds = 0;
};

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

/// /proc/PID/io in bytes and calls (proc(5)); rchar and wchar count pipes and sockets too.
struct ProcessIo {
  std::uint64_t rchar = 0, wchar = 0, syscr = 0, syscw = 0, read_bytes = 0, write_bytes = 0;

  friend bool operator==(const ProcessIo&, const ProcessIo&) = default;
};

/// /proc/PID/schedstat: nanoseconds on a CPU and runnable but waiting for one
/// (Documentation/scheduler/sched-stats.rst).
struct SchedStat {
  std::uint64_t on_cpu_ns = 0, run_delay_ns = 0;

  friend bool operator==(const SchedStat&, const SchedStat&) = default;
};

/// The variables of /proc/PID/environ that tell about runs: distributed training (torchrun's) and vigie's own marker.
struct RunVariables {
  std::string rank, local_rank, world_size, vigie_run_id;

  friend bool operator==(const RunVariables&, const RunVariables&) = default;
};

/// Machine-learning libraries found in a process's memory map; a set of bits.
enum class Framework : std::uint8_t { none = 0, torch = 1, tensorflow = 2, jax = 4 };

[[nodiscard]] constexpr bool uses(Framework set, Framework one) {
  return (static_cast<unsigned>(set) & static_cast<unsigned>(one)) != 0;
}

struct ProcessSample {
  ProcessId id;
  pid_t ppid = 0, process_group = 0, session = 0;
  char state = '?';  ///< R S D T t Z X I of /proc/PID/stat: the state of the main thread
  std::string comm;  ///< raw bytes, at most 15
  int nice = 0;
  unsigned threads = 0;
  std::uint64_t user_ticks = 0, system_ticks = 0;
  std::uint64_t minor_faults = 0, major_faults = 0;
  std::uint64_t rss_bytes = 0;  ///< approximate by the kernel's batching, as in ps and top
  std::uint64_t virtual_bytes = 0;
  bool kernel_thread = false;

  Reading<uid_t> uid;            ///< effective user
  Reading<std::string> cmdline;  ///< arguments as the kernel keeps them: each ends with NUL; empty for kernel threads
  Reading<std::string> exe;      ///< target of /proc/PID/exe
  Reading<std::string> cwd;
  Reading<std::string> wchan;   ///< kernel function it sleeps in; empty when running
  Reading<std::string> cgroup;  ///< v2 path, or the first v1 one
  Reading<ProcessIo> io;
  Reading<SchedStat> sched;  ///< main thread only
  Reading<std::uint64_t> shared_bytes;
  Reading<std::uint64_t> voluntary_switches, involuntary_switches;
  Reading<unsigned> cpus_allowed;
  Reading<RunVariables> variables;
  Reading<Framework> frameworks;
  Reading<StateCounts> states;  ///< cumulative, since the sampler began to watch this process
};

/// A run that a shim keeps, as its directory and its shim tell.
struct SupervisedSample {
  RunRecord record;
  bool holder_alive = false;   ///< the process that keeps the run exists (identity and boot compared)
  Reading<Progress> progress;  ///< the shim's latest; stale when the shim did not answer
};

struct Snapshot {
  Instant before, after;  ///< around the scan; rates use `before`
  HostSample host;
  std::vector<ProcessSample> processes;  ///< ascending by pid
  std::vector<SupervisedSample> supervised;
  std::vector<SourceStatus> sources;

  /// The process with this identity, or nullptr. Logarithmic.
  [[nodiscard]] const ProcessSample* find(ProcessId id) const;
  /// The process with this pid now, or nullptr. Logarithmic.
  [[nodiscard]] const ProcessSample* find_pid(pid_t pid) const;
};

/// When the process started, on the boot clock, in nanoseconds.
[[nodiscard]] constexpr std::int64_t start_boot_ns(ProcessId id) {
  return static_cast<std::int64_t>(id.start_ticks) * (nanoseconds_per_second / 100);
}

/// The arguments of a cmdline (NUL-separated) as separate strings.
[[nodiscard]] std::vector<std::string_view> arguments(std::string_view cmdline);

/// The command line as one line of raw text, arguments joined by spaces; "[comm]" when it has none, as ps shows it.
[[nodiscard]] std::string command_text(const ProcessSample& process);

}  // namespace vigie
