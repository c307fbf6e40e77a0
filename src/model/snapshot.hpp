// A Snapshot: counters and gauges as the kernel gave them, nothing derived. Immutable once taken; live and replayed
// snapshots are the same type.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "model/capability.hpp"
#include "model/detail.hpp"
#include "model/gpu.hpp"
#include "model/host.hpp"
#include "model/net.hpp"
#include "model/process.hpp"
#include "model/process_event.hpp"
#include "model/reading.hpp"
#include "model/run.hpp"
#include "model/trace.hpp"

namespace vigie {

/// How one source fared in this scan.
enum class SourceState : std::uint8_t { ok, partial, denied, missing, late };

struct SourceStatus {
  std::string name;  ///< "proc", "sys", "samples", "runs"
  SourceState state = SourceState::ok;
  std::string reason;  ///< empty when ok
  double duration_seconds = 0;
  std::string method = {};  ///< how it sampled, where there is a choice
};

/// The source that says so where processes of other users may not be seen.
inline constexpr std::string_view hidden_processes = "others";

/// A run that a recorder keeps, as its directory and its recorder tell.
struct SupervisedSample {
  RunRecord record;
  bool holder_alive = false;      ///< its holder or its recorder lives (wire/keepers.hpp)
  bool frozen = false;            ///< its control group is frozen: its processes look asleep, but none may run
  Reading<Progress> progress;     ///< the recorder's latest; stale when the recorder did not answer
  Reading<std::string> log_tail;  ///< the last of its output, raw; where it was asked for
  std::string elsewhere = {};     ///< why its processes are not to be seen here, a clause; empty: they are
};

/// What a user is called on the host.
struct UserName {
  uid_t uid = 0;
  std::string name;
};

struct Snapshot {
  Instant before, after;  ///< around the scan; rates use `before`
  bool recorded = false;  ///< from a recording: this machine's directories, users and clock say nothing about it
  pid_t observer = 0;     ///< the vigie that looked, whose limits are its user's; 0: none, this is a saved host
  HostSample host;
  std::vector<ProcessSample> processes;  ///< ascending by pid
  std::vector<ThreadSample> threads;     ///< when asked for: of each process in their order, ascending by tid
  std::vector<ProcessDetail> details;    ///< of the few processes that were asked about, ascending by pid
  NetSample net;                         ///< empty unless it was asked for
  Reading<std::vector<GpuSample>> gpus;  ///< not_read unless they were asked for; unsupported: this host has none
  Reading<CallTrace> trace;              ///< not_read unless it was asked for
  std::vector<EndedProcess> ended;       ///< since the scan before, when asked for; by time of their end
  std::vector<SupervisedSample> supervised;
  std::vector<pid_t> frozen;  ///< processes in the frozen control groups of runs, ascending; not part of a recording
  std::vector<Capability> capabilities;  ///< empty unless asked for
  std::vector<UserName> users;           ///< in recordings: of the processes, ascending
  std::vector<SourceStatus> sources;

  /// The process with this identity, or nullptr. Logarithmic.
  [[nodiscard]] const ProcessSample* find(ProcessId id) const;
  /// The process with this pid now, or nullptr. Logarithmic.
  [[nodiscard]] const ProcessSample* find_pid(pid_t pid) const;
  /// What was read in depth of the process with this identity, or nullptr. Logarithmic.
  [[nodiscard]] const ProcessDetail* find_detail(ProcessId id) const;
};

}  // namespace vigie
