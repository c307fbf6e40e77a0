// What a stop came to, and how it is told.
#pragma once

#include <string>
#include <vector>

#include "act/gpu_leftovers.hpp"
#include "act/shared_leftovers.hpp"
#include "base/clock.hpp"
#include "cli/act/acting.hpp"
#include "model/run_control.hpp"

namespace vigie::cli {

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
  std::string ended;  ///< describe_end, empty for processes that vigie did not start
  std::vector<act::ActionRow> rows;
  std::vector<SavedFile> files;       ///< written since the signal
  bool files_unknown = false;         ///< where it may have written, a file system does not answer
  std::vector<SharedSegment> shared;  ///< still in /dev/shm
  act::GpuMemoryLeft gpu_memory;      ///< still taken
  std::vector<Survivor> left;
  double extended_seconds = 0;  ///< the grace that was added for the checkpoint
};

/// Says once, on a terminal, that a stop waits, when it has for a second.
class WaitNotice {
 public:
  /// `leaving` says what becomes of the stop when the user does not wait.
  WaitNotice(std::string label, double grace_seconds, std::string leaving);
  void look();

 private:
  std::string label_, leaving_;
  double grace_seconds_;
  Instant begin_;
  bool said_ = false;
};

/// To standard output: for people, or one JSON document.
void print_stopped(const Stopped& stopped, bool json);

}  // namespace vigie::cli
