// The lock that tells that a run is kept: on runs/ID/life, held by its holder and its recorder as long as they live.
// The kernel drops it when the process ends, for whatever reason, and knows its owner; a pid in a file can be any
// process's.
//
// They are record locks of the traditional kind (F_SETLK, fcntl_locking(2)): of one process, not inherited by children,
// visible in every PID and time namespace of the machine and, where the file system passes locks on (NFS with a lock
// manager, version 4), on others. A process that closes any descriptor of the file loses them: keepers open it once.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/fd.hpp"

namespace vigie {

inline constexpr char life_lock_name[] = "life";

enum class LifeRole : std::uint8_t { holder = 0, recorder = 1 };  ///< the byte of the file that each locks

/// The lock of this process. Children inherit the descriptor without the lock.
class LifeLock {
 public:
  LifeLock() = default;
  LifeLock(const LifeLock&) = delete;
  LifeLock& operator=(const LifeLock&) = delete;
  ~LifeLock() { release(); }

  enum class Taken : std::uint8_t {
    yes,
    by_another,   ///< another process keeps the run
    unsupported,  ///< the file system has no locks, or the file cannot be made: only pids can tell
  };

  /// `dir_fd`: the run's directory.
  Taken take(int dir_fd, LifeRole role);
  /// In the run's directory as it is now: the one it was taken in, or the file, may have been removed.
  void take_anew(const std::string& directory, LifeRole role);
  /// Before a next keeper takes over.
  void release();

 private:
  Fd file_;
  bool taken_ = false;
};

/// What the locks of a run tell.
struct LifeLocks {
  bool unknown = false;  ///< there is no descriptor or no memory left to look
  bool held_by_holder = false, held_by_recorder = false;
  pid_t holder = 0, recorder = 0;  ///< their owners; 0: none, or a process that is not seen from this PID namespace
};

/// The locks on `path`, without taking any; nothing where there is no such file, or no locks. A keeper that asks of its
/// own run is told that both are held, as it must not open the file again.
[[nodiscard]] std::optional<LifeLocks> life_locks(const std::string& path);

/// Whether `pid` has a file of that name open and a lock on it: no name, no environment and no copy of a program makes
/// that true. Also true of a process that executes this very program: a keeper that has just begun is about to take its
/// lock, or its file system has no locks. Also true where the kernel does not let this user look (another user's
/// process).
[[nodiscard]] bool may_hold_life_lock(pid_t pid);

}  // namespace vigie
