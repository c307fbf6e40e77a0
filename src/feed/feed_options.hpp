// What a command wants of a feed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "feed/sampling.hpp"
#include "model/frame.hpp"
#include "sources/net/net_source.hpp"
#include "sources/proc/detail.hpp"
#include "sources/sys/host_source.hpp"

namespace vigie {

/// What to read in depth, and of which processes.
struct DetailRequest {
  proc::Details what;
  /// Indices into the snapshot's processes, ascending or not. The frame it is given has the snapshot, the run view and
  /// nothing else. Its error ends the look.
  std::function<Result<std::vector<std::size_t>>(const Frame& bare)> of;
  /// Limit for slow readings (how much of a huge process is resident): later than that they stay unknown.
  double budget_seconds = 5;
  /// What to read at the scan that rates begin at, for comparison. All of `what` unless it is given.
  std::optional<proc::Details> at_first = {};
  /// With thread-state looks: what to read at the scans once a second in between, for a trend. All of `what` likewise.
  std::optional<proc::Details> in_between = {};
  /// Called before so many processes are traced (Detail::trace), which slows them down.
  std::function<void(std::size_t processes)> before_trace = {};
};

/// What to read of the network.
struct NetRequest {
  net::Parts what;  ///< nothing by default
  /// Whose sockets: as in DetailRequest. Unset: everybody's. Only these processes' open files are looked at.
  std::function<Result<std::vector<std::size_t>>(const Frame& bare)> of;
};

/// Whether the GPUs' drivers are asked.
enum class GpuWish : std::uint8_t {
  none,      ///< nothing is loaded or opened
  if_there,  ///< shown beside other things, which do not wait for a driver
  needed,    ///< the look is about them
};

/// The progress that the end of a run's output, last written at that time, tells; nothing when it tells none.
using ProgressReader = std::function<std::optional<Progress>(std::string_view output, std::int64_t wall_ns)>;

/// What to read.
struct Wanted {
  proc::Fields fields = {};   ///< of each process
  bool processes = true;      ///< scan processes at all
  bool threads = false;       ///< every thread of every process, too
  bool users = false;         ///< the names of the processes' users, for others to read
  bool runs = true;           ///< recognise runs (reads what that needs)
  bool frozen = false;        ///< which processes are frozen, also where runs are not recognised
  bool guess_runs = false;    ///< another user's likely training counts as a run: its libraries may not be seen
  bool judge = true;          ///< runs, when they are recognised and looked at often
  bool log_tails = false;     ///< the last output of runs that are alive, or over and named by the target
  bool capabilities = false;  ///< what this host allows: costs some scans
  /// Which processes ended between two scans: takes processes, and an interval above 0. The look fails where the kernel
  /// does not tell.
  bool events = false;
  /// Of the host itself. Rates of processes, and a saved host's times, take the part cpu: it is added.
  sys::Parts host = sys::Part::memory;
  DetailRequest detail = {};  ///< nothing in depth unless `of` is set
  NetRequest net = {};        ///< nothing of the network unless asked for
  GpuWish gpus = GpuWish::none;
  /// Reads the progress of runs that vigie did not start from the files they write; unset: they have none.
  ProgressReader read_progress = {};
};

/// The processes to look at.
struct About {
  std::string target = {};     ///< what the command is about, as typed; empty: everything
  bool target_is_run = false;  ///< a target that is a PID of no run counts as one, with all below it
  bool alone = false;          ///< the target's processes are enough when they can be told without recognising runs
  /// With `alone`: which processes the target means when it is a pattern. Of each, only the name (with `by_name`) or
  /// the command line (and the name of those that have none) is known.
  std::function<bool(const ProcessSample&)> choose = {};
  bool by_name = false;
  std::optional<std::vector<pid_t>> only = {};  ///< scan these processes alone, ascending
};

/// How often.
struct Pace {
  double interval_seconds = 1;  ///< between two scans; 0 = one scan, no rates
  double look_hz = 0;           ///< thread-state looks per second in between; 0 = none
  double patience_seconds = 0;  ///< with looks: go on for so long in all while a rule is not sure yet
  /// With looks: what is judged are the last so many seconds, where a frame is of less. A screen shows a frame every
  /// two seconds, and no rule is sure after two.
  double judged_seconds = 0;
  Sampling sampling = Sampling::automatic;
  /// A step may wait for a process or a mount that holds it up: a command that has nothing else to do may. Otherwise
  /// scans are made on a thread of their own.
  bool may_wait = false;
};

/// What a caller wants to see.
struct FeedOptions {
  Wanted what = {};
  About whom = {};
  Pace pace = {};
};

}  // namespace vigie
