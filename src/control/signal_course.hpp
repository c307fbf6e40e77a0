// How a signal that asks a run to save its work or to end reaches the process that can act on it: through shells and
// launchers that do not pass it on, and once to each.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <vector>

#include "control/tree.hpp"
#include "model/process.hpp"
#include "model/task.hpp"

namespace vigie::control {

/// What a signal does to a process, as SigIgn, SigCgt and SigBlk of /proc/PID/status tell (proc(5)). A blocked signal
/// is handled: the process waits for it in sigwait(3).
enum class Takes : std::uint8_t { dies, ignores, handles };

/// A process of a tree as a signal finds it.
struct Listener {
  ProcessId id;
  pid_t parent = 0;
  Takes takes = Takes::dies;
  /// A shell or a launcher that does nothing but wait for its child. A shell runs a trap only when its foreground child
  /// has ended (bash(1), SIGNALS); a handler of such a program does not mean that it passes the signal on.
  bool only_waits = false;
  /// Started with "&": its shell waits in "wait", and runs a trap at once. Without job control SIGINT and SIGQUIT are
  /// ignored in it, and its standard input is /dev/null (POSIX, 2.11 Signals, 2.9.3.1 Asynchronous Lists); with it, its
  /// process group is not that of the terminal.
  bool background = false;
  bool pending = false;  ///< it was sent and has not been taken: blocked for good (unshare --fork), stuck in the kernel
};

/// Those of `tree` that are alive, in the same order.
[[nodiscard]] std::vector<Listener> listeners_of(std::span<const ProcessId> tree, int signal);

/// The course of one signal through one tree. The main process gets it first, and while it acts on it the others wait.
/// A process that handles it is in charge of everything below it: torchrun tells its ranks, a trainer its workers.
/// Processes without a living process in charge of them are told next: orphans of a launcher that died, children of a
/// process that ignores the signal, the foreground child of a shell that waits. Processes that would just die (tee,
/// cat) come last, when none is left that may be saving: a trainer must not lose its output while it saves.
class SignalCourse {
 public:
  /// `handlers` is for a signal that is to end nothing: only processes that handle it get it.
  enum class To : std::uint8_t { everyone, handlers };

  /// `first` is the main process, or was.
  SignalCourse(int signal, ProcessId first, To to = To::everyone) : signal_(signal), first_(first), to_(to) {}

  /// A process that may have got the signal from its parent gets it from then on (CLOCK_BOOTTIME); by default never.
  void hold_until(std::int64_t boot_ns) { hold_until_ns_ = boot_ns; }
  /// Until most of a grace that begins at `boot_ns` is over; for ever without one (negative).
  void hold_within_grace(std::int64_t boot_ns, double grace_seconds);

  /// Which of the processes of the tree, as it is now, are to get the signal now. `now_ns` is on CLOCK_BOOTTIME, as
  /// start times are.
  [[nodiscard]] std::vector<ProcessId> next(std::span<const Listener> tree, std::int64_t now_ns);
  /// It got the signal before, or will not get it from here.
  void note_told(const Listener& process, std::int64_t now_ns);
  /// next() of the tree as /proc has it, and the signal to each of them; SIGCONT to those that are stopped, as these
  /// could not act on it.
  std::vector<Outcome> advance(std::span<const ProcessId> tree);

 private:
  struct Told {
    std::int64_t at_ns = 0;
    bool handles = false;  ///< when it was told: timeout(1) ignores the signal afterwards, Python dies of it as it ends
    bool gone = false;
    std::int64_t gone_ns = 0;
  };
  struct Walk;
  void visit(const Walk& walk, const Listener& process);
  void visit_top(const Walk& walk, const Listener& process);
  void visit_maybe_told(const Walk& walk, const Listener& process, std::int64_t since_ns);
  void visit_children(const Walk& walk, const Listener& process);
  void visit_untold(const Walk& walk, const Listener& process);
  [[nodiscard]] bool in_charge(const Listener& process, std::int64_t now_ns) const;
  void notice_ends(std::span<const Listener> tree, std::int64_t now_ns);
  void notice_starts(std::span<const Listener> tree, std::int64_t now_ns);
  [[nodiscard]] bool was_there(ProcessId id, std::int64_t at_ns) const;

  int signal_;
  ProcessId first_;
  To to_;
  std::map<ProcessId, Told> told_;
  std::map<ProcessId, std::int64_t> seen_;  ///< when each was first seen
  std::map<ProcessId, ProcessId> parents_;  ///< as they were before parents ended
  std::int64_t hold_until_ns_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t quiet_until_ns_ = 0;  ///< the last acts of an ended process that handled the signal take effect first
};

}  // namespace vigie::control
