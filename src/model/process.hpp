// One process in one snapshot, as the kernel gave it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "model/reading.hpp"
#include "model/task.hpp"

namespace vigie {

/// The kernel's tick, USER_HZ: times in /proc/PID/stat and /proc/stat are in 1/100 s on every Linux architecture vigie
/// runs on (sysconf(_SC_CLK_TCK), proc(5)).
inline constexpr double ticks_per_second = 100.0;

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
  std::string math_threads = {};  ///< the smallest of OMP_NUM_THREADS, OPENBLAS_NUM_THREADS and MKL_NUM_THREADS

  friend bool operator==(const RunVariables&, const RunVariables&) = default;
};

/// Libraries of trainings found in a process's memory map; a set of bits.
enum class Framework : std::uint8_t {
  none = 0,
  torch = 1,
  tensorflow = 2,
  jax = 4,
  threaded_math =
      8,  ///< OpenMP, OpenBLAS, MKL: they compute on as many threads as they are told; no training by itself
};

[[nodiscard]] constexpr bool uses(Framework set, Framework one) {
  return (static_cast<unsigned>(set) & static_cast<unsigned>(one)) != 0;
}

/// Whether the set has a framework that makes the process (part of) a training.
[[nodiscard]] constexpr bool is_training(Framework set) {
  return uses(set, Framework::torch) || uses(set, Framework::tensorflow) || uses(set, Framework::jax);
}

struct ProcessSample {
  ProcessId id;
  pid_t ppid = 0, process_group = 0, session = 0;
  char state = '?';  ///< R S D T t Z X I of /proc/PID/stat: the state of the main thread
  std::string comm;  ///< raw bytes, at most 15
  int nice = 0;
  int priority = 0;   ///< as the kernel's scheduler counts: 20 + nice, negative for real time (proc(5))
  int processor = 0;  ///< CPU it last ran on
  int tty = 0;        ///< device number of its controlling terminal; 0 none
  unsigned threads = 0;
  std::uint64_t user_ticks = 0, system_ticks = 0;
  std::uint64_t minor_faults = 0, major_faults = 0;
  std::uint64_t rss_bytes = 0;  ///< approximate by the kernel's batching, as in ps and top
  std::uint64_t virtual_bytes = 0;
  bool kernel_thread = false;
  bool false_keeper = false;  ///< it calls itself a keeper of runs, and has no keeper's lock

  Reading<uid_t> uid;              ///< effective user
  Reading<std::string> cmdline;    ///< arguments as the kernel keeps them: each ends with NUL; empty for kernel threads
  SparseReading<std::string> exe;  ///< target of /proc/PID/exe
  SparseReading<std::string> cwd;
  SparseReading<std::string> wchan;   ///< kernel function it sleeps in; empty when running
  SparseReading<std::string> cgroup;  ///< v2 path, or the first v1 one
  Reading<ProcessIo> io;
  Reading<SchedStat> sched;  ///< main thread only
  Reading<std::uint64_t> shared_bytes;
  Reading<std::uint64_t> swap_bytes;
  Reading<std::uint64_t> pss_bytes;      ///< resident, each shared page divided by the number of its users
  Reading<int> io_priority;              ///< class << 13 | level (ioprio_get(2))
  Reading<std::uint64_t> io_wait_ticks;  ///< waiting for block devices; needs kernel.task_delayacct
  Reading<std::uint64_t> voluntary_switches, involuntary_switches;
  Reading<unsigned> cpus_allowed;
  SparseReading<RunVariables> variables;
  Reading<Framework> frameworks;
  Reading<StateCounts> states;  ///< cumulative, since the sampler began to watch this process
};

/// One thread of a process; small, because there may be hundreds of thousands.
struct ThreadSample {
  ProcessId id;               ///< its tid and start
  std::uint32_t process = 0;  ///< index into Snapshot::processes
  char state = '?';
  char comm[16] = {};  ///< raw, ended by NUL
  std::int8_t nice = 0;
  std::int16_t priority = 0, processor = 0;
  std::uint64_t cpu_ticks = 0;
};

/// Whether nothing of it runs any more: a zombie, which only waits for its parent. One whose main thread alone has
/// ended looks like it and goes on.
[[nodiscard]] constexpr bool has_ended(const ProcessSample& process) {
  return (process.state == 'Z' || process.state == 'X') && process.threads <= 1;
}

/// When the process started, on the boot clock, in nanoseconds.
[[nodiscard]] constexpr std::int64_t start_boot_ns(ProcessId id) {
  return static_cast<std::int64_t>(id.start_ticks) * (nanoseconds_per_second / 100);
}

/// The arguments of a cmdline (NUL-separated) as separate strings.
[[nodiscard]] std::vector<std::string_view> arguments(std::string_view cmdline);

/// The command line as one line of raw text, arguments joined by spaces; "[comm]" when it has none, as ps shows it.
[[nodiscard]] std::string command_text(const ProcessSample& process);

}  // namespace vigie
