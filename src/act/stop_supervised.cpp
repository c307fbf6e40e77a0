#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>

#include "act/run_life.hpp"
#include "act/stop.hpp"
#include "act/stop_ways.hpp"
#include "base/clock.hpp"
#include "control/grace.hpp"
#include "keep/stop/run_tree.hpp"
#include "wire/run_directory.hpp"
#include "wire/socket.hpp"

namespace vigie::act {
namespace {

constexpr double look_seconds = 0.25;

/// The wish is in the run's directory before any process acts on it: a recorder that is stopped at this moment must not
/// take the end for a failure, and start the run again.
void note_wish(const RunRecord& record, const StopRequest& request, StopProgress& progress) {
  if (record.owner && *record.owner != ::geteuid()) return;  // root's request will tell its recorder
  const Result<wire::ChangeLock> change = wire::ChangeLock::take(record.directory);
  const Result<RunRecord> now = wire::read_record(record.directory);
  if (!now || is_over(now->state)) return;
  const Result<void> written = wire::write_wish(*now, request);
  if (!written && now->spec.policy.restart.when != RestartPolicy::When::no) {
    progress.warns(
        fmt::format("{} may start again should its keeper be killed now: {}", now->name, written.error().message));
  }
}

/// A keeper that found the wish before the request came may have acted on it and be gone.
bool ended_as_wished(const RunRecord& record, const StopRequest& request) {
  const Result<RunRecord> now = wait_until_over(record.directory, 0);
  return now && is_over(now->state) && now->stop && now->stop->wall_ns == request.wall_ns;
}

/// How long the recorder may take. With a checkpoint to wait for only the recorder knows: until it has killed, or for
/// the longest extension.
double patience_seconds(const StopRequest& request, bool no_kill, const StopReport& report) {
  if (no_kill) return request.grace_seconds;
  const bool has_killed = std::ranges::find(report.actions, "kill", &StopAction::action) != report.actions.end();
  const bool may_grow = !request.wait_checkpoint.empty() && !has_killed;
  return request.grace_seconds + (may_grow ? control::Grace::longest_extension_seconds : 0) + final_kill_seconds;
}

/// Until the run is over or the recorder has had its time: its record then. `look` is told each time whether the run is
/// over, and for how long it has been waited for.
template <typename Look>
Result<RunRecord> wait_for_recorder(const RunRecord& run, const StopRequest& request, bool no_kill, Look look) {
  const Instant begin = now();
  while (true) {
    Result<RunRecord> record = wait_until_over(run.directory, look_seconds);
    if (!record) return record;
    const bool over = is_over(record->state);
    const double waited = seconds_between(begin, now());
    look(over, waited);
    const StopReport report = record->stop ? record->stop->report : StopReport{};
    if (over || waited >= patience_seconds(request, no_kill, report)) return record;
  }
}

void take_report(const RunRecord& record, Stopped& stopped) {
  if (is_over(record.state)) stopped.ended = describe_end(record);
  if (!record.stop) return;
  const StopReport& report = record.stop->report;
  for (const StopAction& one : report.actions)
    stopped.rows.push_back({{one.pid, 0}, one.command, one.action, one.result});
  for (const CheckpointFile& file : report.checkpoint) stopped.files.push_back({file});
  stopped.extended_seconds = report.extended_seconds;
}

}  // namespace

Result<void> stop_supervised(const StopOrder& order, WrittenFiles& written, StopProgress& progress, Stopped& stopped) {
  const RunRecord& record = *order.record;
  StopRequest asked = order.request;
  if (order.no_kill) asked.grace_seconds = -1;
  note_wish(record, asked, progress);
  Result<void> taken = once_it_listens(record, [&] { return wire::ask_stop(record, asked); });
  if (!taken && !ended_as_wished(record, asked)) return taken;
  const auto look = [&](bool over, double waited) {
    if (!over) progress.waits({order.target.label, order.request.grace_seconds, waited, true, order.no_kill});
    written.look();
  };
  ASSIGN_OR_RETURN(RunRecord ended, wait_for_recorder(record, order.request, order.no_kill, look));
  take_report(ended, stopped);
  return {};
}

Result<RunRecord> end_run(const RunRecord& run, const StopRequest& request) {
  Result<RunRecord> record = wait_until_over(run.directory, 0);
  if (!record || is_over(record->state)) return record;
  if (once_it_listens(*record, [&] { return wire::ask_stop(*record, request); }))
    record = wait_for_recorder(*record, request, false, [](bool, double) {});
  if (!record || is_over(record->state)) return record;
  (void)keep::RunTree(*record).kill(final_kill_seconds);
  return wait_until_over(run.directory, final_kill_seconds);
}

}  // namespace vigie::act
