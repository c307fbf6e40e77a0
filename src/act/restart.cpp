#include "act/restart.hpp"

#include <fmt/format.h>

#include "act/run_life.hpp"
#include "base/boot.hpp"
#include "base/clock.hpp"
#include "keep/restart_policy.hpp"
#include "keep/start/start_report.hpp"
#include "wire/record_list.hpp"
#include "wire/run_directory.hpp"

namespace vigie::act {
namespace {

/// A run with conditions may have learnt already that they can never be met.
Result<Restarted> restarted_to_wait(const std::string& directory) {
  const Result<RunRecord> run = wire::read_record(directory);
  RETURN_IF_ERROR(run);
  if (is_over(run->state)) return fail(fmt::format("{} was not started again: {}", run->name, describe_end(*run)));
  return Restarted{.name = run->name,
                   .attempt = run->attempt,
                   .waits_for = run->state == RunState::queued ? describe_wait(*run, now().wall_ns) : ""};
}

Result<void> refuse_restart(const RunRecord& run) {
  if (!is_over(run.state)) return not_over(run);
  RETURN_IF_ERROR(wire::check_own(run));
  if (const std::string why = keep::why_never_again(run); !why.empty())
    return fail(fmt::format("cannot start {} again: {}", run.name, why), ErrorKind::denied);
  return refuse_leftovers(run);
}

}  // namespace

Result<Restarted> restart(const std::string& directory, bool machine_gone) {
  ASSIGN_OR_RETURN(OpenRun run, open_to_restart(directory, machine_gone));
  const RunRecord before = run.record;
  RETURN_IF_ERROR(refuse_restart(before));
  run.record = keep::started_again(before);
  run.record.place = this_process_space();
  ignore_error(wire::keep_room(directory));
  RETURN_IF_ERROR(wire::write_record(run.record));
  const Result<bool> started = start_run(run);
  if (!started) {
    if (!keep::is_kept_by_another(started.error()))
      ignore_error(wire::write_record(before));  // as it was: the error is the news
    return std::unexpected(started.error());
  }
  if (!*started) return restarted_to_wait(directory);
  return Restarted{.name = run.record.name, .attempt = run.record.attempt, .waits_for = {}};
}

Result<LostRuns> find_lost() {
  ASSIGN_OR_RETURN(std::vector<RunRecord> records, wire::list_records());
  LostRuns found;
  for (const RunRecord& record : records) {
    Result<RunRecord> run = wait_until_over(record.directory, 0);
    if (run && run->state == RunState::elsewhere)
      found.elsewhere.push_back({.name = run->name, .reason = wire::keepers_of(*run).elsewhere});
    if (run && run->state == RunState::lost) found.lost.push_back(std::move(*run));
  }
  return found;
}

}  // namespace vigie::act
