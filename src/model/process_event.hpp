// What happens to processes between two scans: they are born, execute programs and end, often within milliseconds.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "model/reading.hpp"
#include "model/task.hpp"

namespace vigie {

/// One thing that happened to a process, as the kernel told it when it happened.
struct ProcessEvent {
  enum class Kind : std::uint8_t { fork, exec, exit };
  Kind kind = Kind::fork;
  pid_t pid = 0;             ///< the process: of a fork the child
  pid_t tid = 0;             ///< the thread it happened to; of a fork the child's first
  pid_t parent = 0;          ///< of a fork and an exit; 0 where the kernel does not tell
  std::int64_t boot_ns = 0;  ///< when, on the boot clock
  int wait_status = 0;       ///< of an exit: as wait(2) gives it
};

/// Text that many may have in common: a thousand children of one shell have its command line.
using SharedText = std::shared_ptr<const std::string>;

/// One process that ended between two scans, whether or not a scan ever saw it.
struct EndedProcess {
  ProcessId id;    ///< the start is to the tick where /proc could be read, otherwise to a few
  pid_t ppid = 0;  ///< its starter or, where that was not seen, its parent; 0 unknown
  Reading<pid_t> session;
  Reading<uid_t> uid;                ///< effective user
  Reading<SharedText> cmdline;       ///< as ProcessSample::cmdline; of the last program it executed, or its parent's
  Reading<std::string> comm;         ///< raw bytes, at most 15
  Reading<std::int64_t> started;     ///< on the boot clock, in nanoseconds
  Reading<std::int64_t> ended;       ///< on the boot clock; unknown when its end was not told
  Reading<std::uint64_t> cpu_ticks;  ///< user and system, all threads, to the end
  Reading<int> wait_status;          ///< as wait(2) gives it
};

/// The command line as one line of raw text; "[comm]" where only the name is known; absent when neither is.
[[nodiscard]] Reading<std::string> command_text(const EndedProcess& process);

/// "exit 7", "signal KILL", "signal SEGV (core)".
[[nodiscard]] std::string describe_wait_status(int wait_status);

}  // namespace vigie
