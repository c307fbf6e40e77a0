#include "shim/exit_record.hpp"

#include <sys/wait.h>

#include <string>

#include "base/units.hpp"

namespace vigie::shim {

ExitRecord exit_record(int wait_status, const std::optional<StopRequest>& stop, std::int64_t wall_ns) {
  ExitRecord exit;
  exit.wall_ns = wall_ns;
  if (WIFEXITED(wait_status)) {
    exit.kind = ExitRecord::Kind::code;
    exit.value = WEXITSTATUS(wait_status);
  } else if (WIFSIGNALED(wait_status)) {
    exit.kind = ExitRecord::Kind::signal;
    exit.value = WTERMSIG(wait_status);
    exit.core_dumped = WCOREDUMP(wait_status);
  }
  exit.reason = describe(exit);
  if (stop)
    exit.reason = (stop->reason.empty() ? asked_by(*stop) : "stopped because " + stop->reason) + ", " + exit.reason;
  return exit;
}

std::string asked_by(const StopRequest& stop) {
  return stop.by_root ? "stopped on request of root" : "stopped on request";
}

ExitRecord not_started(std::string_view why, std::int64_t wall_ns) {
  ExitRecord exit;
  exit.wall_ns = wall_ns;
  exit.reason = "could not be started: " + std::string(why);
  return exit;
}

void note_out_of_memory(ExitRecord& exit, std::optional<std::uint64_t> limit_bytes) {
  exit.out_of_memory = true;
  exit.reason += ": out of memory";
  if (limit_bytes) exit.reason += ", its limit is " + human_bytes(static_cast<double>(*limit_bytes));
}

RunState final_state(const ExitRecord& exit, bool stop_requested) {
  switch (exit.kind) {
    case ExitRecord::Kind::unknown: return RunState::lost;
    case ExitRecord::Kind::signal: return RunState::killed;
    case ExitRecord::Kind::code: break;
  }
  if (exit.value == 0) return RunState::exited;
  return stop_requested ? RunState::killed : RunState::failed;
}

}  // namespace vigie::shim
