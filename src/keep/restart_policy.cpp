#include "keep/restart_policy.hpp"

#include <algorithm>
#include <cmath>

#include "keep/end/exit_record.hpp"

namespace vigie::keep {
namespace {

/// An attempt that lasted this long was not a failure to start: the pauses begin anew.
constexpr double settled_seconds = 600;
constexpr double longest_pause_seconds = 3600;

bool wanted(const RunRecord& ended) {
  const RestartPolicy& policy = ended.spec.policy.restart;
  if (policy.when == RestartPolicy::When::no || !ended.exit || !why_never_again(ended).empty()) return false;
  if (policy.limit > 0 && ended.attempt > policy.limit) return false;
  if (ended.stop && ended.stop->reason.empty()) return false;  // the user wanted it to end
  if (policy.when == RestartPolicy::When::always) return true;
  return !ended.stop && final_state(ended) != RunState::exited;
}

double pause_seconds(double backoff_seconds, unsigned failures_in_a_row) {
  constexpr unsigned most_doublings = 12;
  const double pause = std::ldexp(backoff_seconds, static_cast<int>(std::min(failures_in_a_row, most_doublings)));
  return std::min(pause, std::max(longest_pause_seconds, backoff_seconds));
}

}  // namespace

std::string why_never_again(const RunRecord& record) {
  if (!record.never_again.empty()) return record.never_again;
  // Before records named the process's user, only root could have adopted another user's process.
  if (record.adopted && !record.adopted_uid && record.owner == uid_t{0}) return "whose process it was is not known";
  return {};
}

RunRecord started_again(const RunRecord& ended) {
  RunRecord next = ended;
  next.attempt += 1;
  next.state = RunState::starting;
  next.started_wall_ns = 0;
  next.holder = next.recorder = next.leader = {};
  next.group = {};
  next.adopted = false;  // what vigie starts is no adopted process
  next.stop.reset();
  next.signalled.reset();
  next.exit.reset();
  next.last_progress.reset();
  next.early_signal_sent = false;
  next.failures_in_a_row = 0;
  next.not_before_wall_ns = 0;
  next.waits_for.clear();
  next.gpus.clear();
  return next;
}

std::optional<RunRecord> next_attempt(const RunRecord& ended, std::int64_t wall_ns) {
  if (!wanted(ended)) return std::nullopt;
  RunRecord next = started_again(ended);
  const std::int64_t began = ended.started_wall_ns > 0 ? ended.started_wall_ns : ended.exit->wall_ns;
  const double lasted = static_cast<double>(ended.exit->wall_ns - began) / nanoseconds_per_second;
  const unsigned failures = lasted >= settled_seconds ? 0 : ended.failures_in_a_row;
  const double pause = pause_seconds(ended.spec.policy.restart.backoff_seconds, failures);
  next.failures_in_a_row = failures + 1;
  next.not_before_wall_ns = wall_ns + static_cast<std::int64_t>(pause * nanoseconds_per_second);
  next.state = RunState::queued;
  next.holder = ended.holder;  // it lives until another has taken over
  return next;
}

}  // namespace vigie::keep
