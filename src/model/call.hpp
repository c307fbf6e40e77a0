// System calls of the threads of a process, as repeated looks found them, and what a wait in the kernel is for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/reading.hpp"

namespace vigie {

/// What a thread was doing at a look: R; S and I; D; T and t of proc(5).
enum class ThreadState : std::uint8_t { running, waiting, disk, stopped };

[[nodiscard]] std::string_view name_of(ThreadState state);
[[nodiscard]] ThreadState thread_state(char letter);

/// What kind of thing a thread waits for.
enum class WaitKind : std::uint8_t { other, poll, lock, stream, timer, child };

/// From the name of a system call ("epoll_wait") or of the kernel function that a thread sleeps in ("do_epoll_wait");
/// the latter differ in prefixes and suffixes between kernels (fs/select.c, fs/eventpoll.c, kernel/futex, fs/pipe.c,
/// net, kernel/time/hrtimer.c, kernel/exit.c).
[[nodiscard]] WaitKind wait_kind(std::string_view name);

/// One thing that threads of a name were seen doing.
struct CallKey {
  std::string comm;  ///< of the thread; raw
  ThreadState state = ThreadState::running;
  Reading<std::string> call;  ///< system call, or kernel function where only that may be read; empty: in user code
  std::string file;           ///< named by the descriptor that it was called on; empty when it has none

  friend bool operator==(const CallKey&, const CallKey&) = default;
};

struct CallCount {
  CallKey key;
  std::uint64_t samples = 0;  ///< threads seen so, summed over looks
};

/// "ran", "slept in read of /data/shard-7", "was stopped"; raw.
[[nodiscard]] std::string describe(const CallKey& key);

/// Cumulative since the first look at the process.
struct CallCounts {
  std::uint64_t looks = 0;
  std::vector<CallCount> counts;
};

/// What one key had of an interval.
struct CallShare {
  CallKey key;
  double share = 0;    ///< of all looks at threads of the process, 0..1
  double threads = 0;  ///< average number of threads seen so
};

}  // namespace vigie
