// Where a run came from: for a user who wants the same run again.
#pragma once

#include "base/fd.hpp"
#include "model/run.hpp"

namespace vigie::keep {

/// Writes `origin.json` into the run's directory: attempt, command, directory, conda and virtual environment, CUDA
/// variables, git commit, branch and whether tracked files differ from it; null for what is missing. A process of its
/// own does that, because git may take seconds on a large tree; nothing waits for it. Not for a process with threads.
class OriginNote {
 public:
  /// Makes that process, so that this can be done while the run starts. It writes nothing yet.
  explicit OriginNote(const RunRecord& record);
  /// Without write(): it ends, unless its maker was killed and the run has started all the same.
  ~OriginNote() = default;
  OriginNote(const OriginNote&) = delete;
  OriginNote& operator=(const OriginNote&) = delete;

  /// The run has started: lets it write.
  void write();

 private:
  Fd go_;
  Fd waits_;  ///< held here too: without that process (RLIMIT_NPROC) nothing would read, and SIGPIPE would end vigie
};

}  // namespace vigie::keep
