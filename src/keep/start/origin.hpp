// Where a run came from: what somebody needs who wants the same again.
#pragma once

#include "base/fd.hpp"
#include "model/run.hpp"

namespace vigie::keep {

/// Writes `origin.json` into the run's directory: attempt, command, directory, conda and virtual environment, CUDA
/// variables, git commit, branch and whether tracked files differ from it; null what there is not. A process of its own
/// does that, because git may take seconds on a large tree; nobody waits for it. Not for a process with threads.
class OriginNote {
 public:
  /// Makes that process, so that this can be done while the run starts. It writes nothing yet.
  explicit OriginNote(const RunRecord& record);
  /// Without write(): it ends, unless who made it was killed and the run has started all the same.
  ~OriginNote() = default;
  OriginNote(const OriginNote&) = delete;
  OriginNote& operator=(const OriginNote&) = delete;

  /// The run has started: lets it write.
  void write();

 private:
  Fd go_;
  Fd waits_;  ///< held here too: without that process (RLIMIT_NPROC) nobody would read, and SIGPIPE would end vigie
};

}  // namespace vigie::keep
