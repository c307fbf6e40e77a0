// How a supervised run is held: what it was asked to start with, its control group, and what a stop did to it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vigie {

/// What the processes of a run begin with; each inherits it from its parent.
struct RunStart {
  std::optional<int> nice;                      ///< -20 to 19
  std::optional<int> io_priority;               ///< class << 13 | level (ioprio_set(2))
  std::string cpus;                             ///< a list like "0-3,8"; empty: as vigie itself
  std::optional<std::uint64_t> memory_bytes;    ///< all of its processes together
  bool own_group = true;                        ///< in a control group of the run's own, where one can be made
  int terminal_rows = 0, terminal_columns = 0;  ///< size of its terminal; 0: the usual one
};

/// The control group (version 2) that holds the processes of a run and no others.
struct RunGroup {
  std::string directory;  ///< absolute; empty where none could be made
  std::string reason;     ///< why there is none
};

/// What a stop did to one process.
struct StopAction {
  pid_t pid = 0;
  std::string command;  ///< raw
  std::string action;   ///< signal_action() of the signal that asked it to end, or "kill"
  std::string result;   ///< "ended", or why it did not; empty: not known yet
};

/// "signal TERM", as the action of a row.
[[nodiscard]] std::string signal_action(int signal);

/// A file of --wait-checkpoint that changed since the stop was asked for.
struct CheckpointFile {
  std::string path;
  std::uint64_t bytes = 0;
  bool growing = false;  ///< it still changed when the run was killed
};

/// What a stop came to; as far as the recorder knows it.
struct StopReport {
  std::vector<StopAction> actions;
  std::vector<CheckpointFile> checkpoint;
  double extended_seconds = 0;  ///< the grace that was added for the checkpoint
};

}  // namespace vigie
