#include "keep/end/exit_record.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <string>

#include <fmt/format.h>

#include "base/text.hpp"
#include "base/units.hpp"

namespace vigie::keep {
namespace {

/// Whether a run that was asked to end had no choice: it was killed at once, or a part of it when its grace was over. A
/// shell that ends at once may leave a training that could not save.
bool was_forced(const RunRecord& ended) {
  if (ended.exit->kind == ExitRecord::Kind::signal && ended.exit->value == SIGKILL) return true;
  const auto kill = [](const StopAction& one) { return one.action == "kill"; };
  return ended.stop->signal == SIGKILL || std::ranges::any_of(ended.stop->report.actions, kill);
}

}  // namespace

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
  if (stop) exit.reason = why_stopped(*stop) + ", " + exit.reason;
  return exit;
}

std::string why_stopped(const StopRequest& stop) {
  return stop.reason.empty() ? asked_by(stop) : "stopped because " + stop.reason;
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

RunState final_state(const RunRecord& ended) {
  const ExitRecord& exit = *ended.exit;
  // A stop that came when the main process had ended already was for the rest of the run.
  const bool asked = ended.stop && ended.stop->wall_ns <= exit.wall_ns;
  if (asked && !was_forced(ended)) return RunState::cancelled;
  switch (exit.kind) {
    case ExitRecord::Kind::unknown: return asked ? RunState::killed : RunState::lost;
    case ExitRecord::Kind::signal: return RunState::killed;
    case ExitRecord::Kind::code: break;
  }
  if (exit.value == 0) return RunState::exited;
  return asked ? RunState::killed : RunState::failed;
}

std::string what_had_to_be_killed(const RunRecord& ended) {
  if (!ended.stop || ended.stop->signal == SIGKILL) return {};
  std::size_t others = 0;
  const StopAction* first = nullptr;
  for (const StopAction& one : ended.stop->report.actions) {
    if (one.action != "kill" || one.pid == ended.leader.pid) continue;
    if (first == nullptr) first = &one;
    ++others;
  }
  if (first == nullptr) return {};
  constexpr std::size_t longest_command = 60;
  std::string text = "; " + cut_to_width(safe_text(first->command), longest_command);
  if (others > 1) text += fmt::format(" and {} more", others - 1);
  return text + " had to be killed when the grace was over";
}

ExitRecord unseen_end(const RunRecord& record, std::int64_t wall_ns) {
  std::string reason = record.adopted ? "how it ended is not known: it was another process's child"
                                      : "how it ended is not known: the process that held the run was killed";
  if (record.stop) reason = why_stopped(*record.stop) + "; " + reason;
  return {.kind = ExitRecord::Kind::unknown, .wall_ns = wall_ns, .reason = std::move(reason)};
}

}  // namespace vigie::keep
