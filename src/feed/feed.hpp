// Live frames: scans the host, compares with the scan before, recognises runs and judges them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/root.hpp"
#include "feed/sampling.hpp"
#include "model/frame.hpp"
#include "sources/events/event_source.hpp"
#include "sources/net/net_source.hpp"
#include "sources/proc/call_sampler.hpp"
#include "sources/proc/detail.hpp"
#include "sources/proc/state_sampler.hpp"
#include "sources/sys/host_source.hpp"

namespace vigie {

/// What to read in depth, and of whom.
struct DetailRequest {
  proc::Details what;
  /// Indices into the snapshot's processes, ascending or not. The frame it is given has the snapshot, the run view and
  /// nothing else. Its error ends the look.
  std::function<Result<std::vector<std::size_t>>(const Frame& bare)> of;
  /// For what may take long (how much of a huge process is resident): later than that it stays unknown.
  double budget_seconds = 5;
  /// Called before so many processes are traced (Detail::trace), which slows them down.
  std::function<void(std::size_t processes)> before_trace = {};
};

/// What to read of the network.
struct NetRequest {
  net::Parts what;  ///< nothing by default
  /// Whose sockets: as in DetailRequest. Unset: everybody's. Only these processes' open files are looked at.
  std::function<Result<std::vector<std::size_t>>(const Frame& bare)> of;
};

/// What a command wants to see.
struct FeedOptions {
  proc::Fields fields;          ///< what to read of each process
  double interval_seconds = 1;  ///< between two scans; 0 = one scan, no rates
  double look_hz = 0;           ///< thread-state looks per second in between; 0 = none
  bool processes = true;        ///< scan processes at all
  bool threads = false;         ///< every thread of every process, too
  bool runs = true;             ///< recognise runs (reads what that needs)
  /// What to read of the host itself. Rates of processes, and a saved host's times, take the part cpu: it is added.
  sys::Parts host = sys::Part::memory;
  DetailRequest detail = {};  ///< nothing in depth unless `of` is set
  NetRequest net = {};        ///< nothing of the network unless asked for
  std::string target = {};    ///< what the command is about, as typed; empty: everything
  bool alone = false;         ///< the target's processes are enough when they can be told without recognising runs
  /// With `alone`: which processes the target means when it is a pattern. Of each, only the name (with `by_name`) or
  /// the command line (and the name of those that have none) is known.
  std::function<bool(const ProcessSample&)> choose = {};
  bool by_name = false;
  std::optional<std::vector<pid_t>> only = {};  ///< scan these processes alone, ascending
  Sampling sampling = Sampling::automatic;
  bool capabilities = false;  ///< what this host allows: costs some scans
  bool users = false;         ///< what the users of the processes are called, for others to read
  /// Which processes ended between two scans: takes processes, and an interval above 0. The look fails where the kernel
  /// does not tell.
  bool events = false;
};

/// What both feeds do once they have snapshots: compares with the one `before` (nullptr: none), recognises, judges.
[[nodiscard]] Frame frame_of(std::shared_ptr<const Snapshot> before, std::shared_ptr<const Snapshot> snapshot,
                             const FeedOptions& options);

/// Yields frames. One thread, blocking.
class LiveFeed {
 public:
  LiveFeed(const Root& root, FeedOptions options);

  /// Scans; for the first frame with an interval scans twice. Errors: the proc tree could not be listed at all.
  Result<Frame> next();

 private:
  enum class AskProgress : bool { no, yes };

  Result<std::shared_ptr<Snapshot>> take_snapshot(AskProgress ask);
  Result<SourceStatus> scan(const std::vector<RunRecord>& records, std::vector<ProcessSample>& processes);
  /// A frame whose interval is a recording of system calls after the scan, not between two: the target may end in it.
  Result<Frame> next_traced();
  Result<void> add_net(const std::shared_ptr<Snapshot>& snapshot, bool holders) const;
  Result<void> add_details(const std::shared_ptr<Snapshot>& snapshot) const;
  /// Sleeps for the interval, with looks at `watched` in between when there are any. Returns the time the looks took.
  double wait(std::vector<ProcessId> watched);
  /// Sleeps for the interval, looking at the calls of the processes that details were asked of.
  void wait_for_calls();
  void add_calls(Snapshot& snapshot);
  void add_samples(Snapshot& snapshot, double seconds);

  const Root& root_;
  FeedOptions options_;
  ProcessSampler sampled_;
  sys::HostSource host_;
  proc::StateSampler sampler_;
  proc::CallSampler calls_;
  std::unique_ptr<events::EventSource> events_;  ///< from the first frame on, when events are asked for
  std::shared_ptr<const Snapshot> previous_;
};

}  // namespace vigie
