// The result of a stop, and its progress.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "act/acting.hpp"
#include "act/gpu_leftovers.hpp"
#include "act/shared_leftovers.hpp"
#include "model/run_control.hpp"

namespace vigie::act {

/// A process that is still there.
struct Survivor {
  ProcessId id;
  std::string command;  ///< raw
  std::string reason;
};

/// A file that was written since the signal.
struct SavedFile : CheckpointFile {
  pid_t writer = 0;  ///< the process that was seen to have it open for writing; 0: not seen
};

struct Stopped {
  std::string label;
  std::string ended = {};  ///< describe_end, empty for processes that vigie did not start
  std::vector<ActionRow> rows = {};
  std::vector<SavedFile> files = {};       ///< written since the signal
  bool files_unknown = false;              ///< where it may have written, a file system does not answer
  std::vector<SharedSegment> shared = {};  ///< still in /dev/shm
  GpuMemoryLeft gpu_memory = {};           ///< still taken
  std::vector<Survivor> left = {};
  bool no_kill = false;         ///< nothing was to be killed
  double extended_seconds = 0;  ///< the grace that was added for the checkpoint
};

/// A target that got the signal and is waited for.
struct Waiting {
  std::string_view label;
  double grace_seconds = 0;   ///< that it has to save and to end
  double waited_seconds = 0;  ///< of it
  bool kept = false;          ///< its recorder goes on with the stop when the caller does not
  bool no_kill = false;       ///< nothing is killed when the grace is over
};

/// Receives the progress of a stop; for several targets at once, from a thread for each.
class StopProgress {
 public:
  StopProgress() = default;
  StopProgress(const StopProgress&) = delete;
  StopProgress& operator=(const StopProgress&) = delete;
  virtual ~StopProgress() = default;

  /// Again and again, as long as the target is waited for.
  virtual void waits(const Waiting& waiting) = 0;
  /// A sentence that the user should read before the stop is over, raw.
  virtual void warns(const std::string& sentence) = 0;
};

}  // namespace vigie::act
