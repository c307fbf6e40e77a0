// Processes as the kernel identifies them, and how often they were seen in which state.
#pragma once

#include <sys/types.h>

#include <compare>
#include <cstdint>

namespace vigie {

/// A process for good: pids are reused, {pid, start time} are not within one boot.
struct ProcessId {
  pid_t pid = 0;
  std::uint64_t start_ticks = 0;  ///< field 22 of /proc/PID/stat: USER_HZ ticks after boot

  friend auto operator<=>(const ProcessId&, const ProcessId&) = default;
};

/// What the threads of one process were doing at repeated looks. Each look counts in exactly one of running, disk,
/// stopped and asleep; the reasons split `asleep` and `disk` by what is waited for.
struct StateCounts {
  std::uint64_t looks = 0;
  std::uint64_t running = 0;          ///< at least one thread was R
  std::uint64_t disk = 0;             ///< none R, at least one D
  std::uint64_t stopped = 0;          ///< main thread T or t
  std::uint64_t asleep = 0;           ///< every thread asleep
  std::uint64_t threads_running = 0;  ///< sum of R threads over the looks: / looks = average parallelism
  std::uint64_t alone = 0;            ///< looks with exactly one R thread
  // Of the looks in `asleep`, where the main thread slept (wchan, or the system call when that is readable):
  std::uint64_t in_poll = 0;   ///< poll, select, epoll: PyTorch waits so for its loader workers' pipes
  std::uint64_t in_futex = 0;  ///< a lock or a queue inside the process
  std::uint64_t in_pipe = 0;   ///< read or write of a pipe or socket
  std::uint64_t in_timer = 0;  ///< nanosleep
  /// Of the looks in `asleep`: every thread waited, without a time limit, for a lock, a pipe or a child: nothing
  /// outside of the program could wake it.
  std::uint64_t locked = 0;
  /// As `locked`, but only the kernel function of some may be read: these may have a time limit.
  std::uint64_t perhaps_locked = 0;
  std::uint64_t in_network = 0;  ///< of the looks in `disk`: the kernel function was one of a network file system
  // What the processes below it were doing at looks that found it asleep itself: curl, ffmpeg, zcat of a worker.
  std::uint64_t below = 0;          ///< looks at which it had some
  std::uint64_t below_running = 0;  ///< at least one of them ran
  std::uint64_t below_disk = 0;     ///< none ran, at least one in D
  std::uint64_t below_network = 0;  ///< of those in D: in a network file system

  friend bool operator==(const StateCounts&, const StateCounts&) = default;
};

}  // namespace vigie
