// Counts system calls as a tracer reports their entries and returns; pure: it asks a FileNamer for names.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/trace.hpp"
#include "sources/proc/call.hpp"

namespace vigie::trace {

/// A thread, and the process it is of.
struct ThreadRef {
  pid_t process = 0, thread = 0;
};

/// Finds the names of files as a traced process sees them. Names are raw and hostile.
class FileNamer {
 public:
  virtual ~FileNamer() = default;
  /// What a descriptor names; empty when it is not open.
  virtual std::string descriptor(ThreadRef of, int number) = 0;
  /// The path at `address`, absolute where that can be told; relative paths begin at the descriptor `directory`, or
  /// AT_FDCWD. Empty when the memory cannot be read.
  virtual std::string path(ThreadRef of, int directory, std::uint64_t address) = 0;
  /// A descriptor of the process may name something else from now on; -1: any of them may.
  virtual void forget(pid_t process, int number) = 0;
};

/// The call at whose entry a thread stands.
struct Entry {
  long number = -1;
  std::array<std::uint64_t, 6> arguments{};
  std::uint64_t instruction = 0;  ///< where in the program; 0: not known
  bool native = true;             ///< false: numbered as another architecture's, such as a 32-bit program's
};

/// Times are monotonic nanoseconds.
class Ledger {
 public:
  explicit Ledger(FileNamer& namer) : namer_(namer) {}

  /// `begun`: a call that it was in already. When the kernel takes it up again, it counts from now on.
  void thread_began(ThreadRef thread, std::int64_t now, const std::optional<Entry>& begun = std::nullopt);
  void entered(ThreadRef thread, const Entry& entry, std::int64_t now);
  /// `value` as the kernel returned it: negative errno when `error`.
  void left(ThreadRef thread, std::int64_t value, bool error, std::int64_t now);
  void thread_ended(ThreadRef thread, std::int64_t now);
  /// execve(2) in a thread that is not the first: it gets the id of the first one, which is gone.
  void renamed(pid_t former, ThreadRef now_known_as);

  /// Adds the calls that have not returned, and gives everything away: most time first.
  [[nodiscard]] CallTrace finish(std::int64_t now);

 private:
  struct Call {
    Entry entry;
    std::int64_t since = 0;
    std::optional<std::size_t> file, second;  ///< indices into files_
    std::string opening;                      ///< the path of a call that opens it: its file is known when it returns
    bool begun_before = false;                ///< before the thread was traced
    std::int64_t interrupted_at = 0;
  };
  struct Thread {
    ThreadRef ref;
    std::optional<Call> current;
    /// One that a signal interrupted: the kernel takes it up again, or a handler runs and it fails with EINTR.
    std::optional<Call> interrupted;
  };
  struct Known {
    TracedCall call;
    const proc::CallUse* use = nullptr;
  };

  Known& known(const Entry& entry);
  Call begin(ThreadRef thread, const Entry& entry, std::int64_t now);
  std::optional<std::size_t> file_of(std::string path);
  std::optional<std::size_t> file_of_descriptor(ThreadRef thread, std::uint64_t argument);
  void count(const Call& call, std::int64_t value, bool error, std::int64_t now);
  void count_file(std::size_t file, std::int64_t duration, bool error);
  void count_unfinished(const Call& call, std::int64_t now);
  void end(Thread& thread, std::int64_t now);
  void heed_effect(ThreadRef thread, Call& call, std::int64_t value, bool error);

  FileNamer& namer_;
  std::unordered_map<pid_t, Thread> threads_;
  std::unordered_map<std::int64_t, Known> calls_;
  std::vector<TracedFile> files_;
  std::unordered_map<std::string, std::size_t> file_index_;
  std::size_t name_bytes_ = 0;
};

}  // namespace vigie::trace
