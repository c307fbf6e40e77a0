// Repeated looks at what the threads of some processes are doing: the raw material of every waiting rule.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/root.hpp"
#include "model/snapshot.hpp"
#include "sources/proc/waiting.hpp"

namespace vigie::proc {

/// A process and one that it has started, at whatever depth.
struct Below {
  ProcessId above, process;
};

/// Counts states over looks. Counters are cumulative from the first look at a process on, so that the difference of two
/// snapshots is a window. A process whose pid was reused is a new one.
class StateSampler {
 public:
  explicit StateSampler(const Root& root) : root_(root) {}
  StateSampler(const StateSampler&) = delete;
  StateSampler& operator=(const StateSampler&) = delete;

  /// One look at each of `processes`: /proc/PID/stat, with several threads also /proc/PID/task/*/stat, and when all
  /// are asleep /proc/PID/wchan or /proc/PID/syscall. Vanished processes are skipped.
  /// `below`: which of them are below which; while a process slept, the states of those below it are counted with it,
  /// too.
  void look(std::span<const ProcessId> processes, std::span<const Below> below = {});

  /// Drops the counts of processes that `snapshot` no longer has.
  void forget_ended(const Snapshot& snapshot);

  [[nodiscard]] const std::map<ProcessId, StateCounts>& counts() const { return counts_; }
  /// Processes of which this user may not know what their main thread sleeps in: other users', and those that gave
  /// themselves other rights or must not be dumped (PR_SET_DUMPABLE(2const)).
  [[nodiscard]] std::size_t hidden() const;

 private:
  struct Thread {
    std::string number;
    Fd stat;
    unsigned slept = 0;    ///< in so many looks in a row, up to those after which it is looked at more rarely
    unsigned skipped = 0;  ///< looks since it was read
  };
  /// What is kept open of a process, so that another look takes one read a thread.
  struct Watched {
    Fd directory;
    Fd stat;   ///< of its main thread: the process's own adds up all threads' times
    Fd wchan;  ///< from the first look at which it was asleep on
    std::string number;
    bool hidden = false;                     ///< what it sleeps in may not be read
    OwnWait own = OwnWait::no;               ///< whether nothing outside could wake it, when that was looked at
    std::optional<unsigned> looks_with_own;  ///< at which it was asleep since; nothing: it was awake
    std::vector<Thread> threads;             ///< all but the main thread, or as many as there is room for
  };
  struct Threads;
  /// What a process was doing at a look; of several the largest counts.
  enum class Found : std::uint8_t { stopped, asleep, network, disk, running };

  [[nodiscard]] Watched* watch(const ProcessId& id);
  /// Adds all threads but the main one, of which there are `count`.
  void look_at_threads(Watched& watched, unsigned count, Threads& threads);
  [[nodiscard]] bool look_again(Thread& thread, Threads& threads);
  void forget_threads(Watched& watched);
  [[nodiscard]] OwnWait own_wait(Watched& watched);
  void count_below(std::span<const Below> below);
  void add_new_children(const ProcessId& above, std::map<ProcessId, Found>& busiest);

  const Root& root_;
  std::map<ProcessId, StateCounts> counts_;
  std::map<ProcessId, Watched> watched_;
  std::optional<std::size_t> room_;           ///< descriptors of threads that may be kept, still
  std::map<ProcessId, Found> found_;          ///< at the look that is under way
  std::vector<ProcessId> may_have_children_;  ///< of those that slept
  std::string buffer_;
};

}  // namespace vigie::proc
