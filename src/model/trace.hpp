// Every system call of some processes during a recording: exact counts, how long they took, and on which files.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/reading.hpp"
#include "model/task.hpp"

namespace vigie {

/// How often which duration was seen. Four classes for each power of two: a quantile is at most a quarter too long.
class Durations {
 public:
  void add(std::int64_t nanoseconds);
  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// The longest of the class that holds the duration which `part` (0..1) of all do not exceed; 0 when there are none.
  [[nodiscard]] std::int64_t quantile(double part) const;

 private:
  std::array<std::uint32_t, 256> classes_{};
  std::uint64_t count_ = 0;
};

/// How often a call failed in one way.
struct ErrorCount {
  int errno_value = 0;
  std::uint64_t count = 0;

  friend bool operator==(const ErrorCount&, const ErrorCount&) = default;
};

/// One system call, of all threads together. Times are wall time from entry to return, in nanoseconds, with what the
/// recording itself adds. A call that a signal interrupted and the kernel took up again is one call.
struct TracedCall {
  std::string name;
  std::uint64_t calls = 0;  ///< that returned; of exit and exit_group, that were made
  std::vector<ErrorCount> errors;
  std::int64_t total_ns = 0, max_ns = 0;
  Durations durations;
  std::uint64_t unfinished = 0;    ///< threads that were in it when the recording, or they themselves, ended
  std::int64_t unfinished_ns = 0;  ///< for how long they had been, within the recording
};

/// One file, by the name that it was reached by, or by the kernel's word for a descriptor without one ("socket:[123]").
struct TracedFile {
  std::string path;  ///< raw; empty: all files beyond those that are told apart
  std::uint64_t calls = 0, errors = 0;
  std::uint64_t read_bytes = 0, written_bytes = 0;
  std::int64_t total_ns = 0, max_ns = 0;
  std::int64_t unfinished_ns = 0;  ///< in calls that had not returned
};

/// Why a process of the target was not traced.
enum class Untraced : std::uint8_t {
  self,      ///< it is vigie
  ancestor,  ///< vigie was started by it: a shell or terminal
  keeper,    ///< it keeps a run
  denied,    ///< the kernel refused
};

struct UntracedProcess {
  ProcessId id;
  std::string comm;
  Untraced why = Untraced::denied;
};

/// One recording. Not cumulative: each begins anew, so it is the interval by itself.
struct CallTrace {
  double seconds = 0;
  std::uint64_t processes = 0, threads = 0;  ///< traced, with those that began meanwhile
  std::vector<TracedCall> calls;
  std::vector<TracedFile> files;
  std::vector<UntracedProcess> untraced;
  bool all_ended = false;   ///< nothing of the target was left before the time was up
  int ended_by_signal = 0;  ///< the signal that told vigie to end it early; 0 none
};

/// "ENOENT"; the number where the C library has no name for it.
[[nodiscard]] std::string name_of_error(int errno_value);

[[nodiscard]] std::string_view name_of(Untraced why);

/// Errors of a call in all.
[[nodiscard]] std::uint64_t count_of(const std::vector<ErrorCount>& errors);

}  // namespace vigie
