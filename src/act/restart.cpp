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

/// A run that has conditions may have been told already that they will never be met.
Result<Restarted> restarted_to_wait(const std::string& directory) {
  const Result<RunRecord> run = wire::read_record(directory);
  if (!run) return std::unexpected(run.error());
  if (is_over(run->state)) return fail(fmt::format("{} was not started again: {}", run->name, describe_end(*run)));
  return Restarted{.name = run->name,
                   .attempt = run->attempt,
                   .waits_for = run->state == RunState::queued ? describe_wait(*run, now().wall_ns) : ""};
}

Result<void> refuse_restart(const RunRecord& run) {
  if (!is_over(run.state)) return not_over(run);
  if (Result<void> own = wire::check_own(run); !own) return own;
  if (const std::string why = keep::why_never_again(run); !why.empty())
    return fail(fmt::format("cannot start {} again: {}", run.name, why), ErrorKind::denied);
  return refuse_leftovers(run);
}

}  // namespace

Result<Restarted> restart(const std::string& directory, bool machine_gone) {
  Result<OpenRun> run = open_to_restart(directory, machine_gone);
  if (!run) return pass(std::move(run));
  const RunRecord before = run->record;
  if (Result<void> possible = refuse_restart(before); !possible) return pass(std::move(possible));
  run->record = keep::started_again(before);
  run->record.place = this_process_space();
  (void)wire::keep_room(directory).has_value();
  if (Result<void> written = wire::write_record(run->record); !written) return pass(std::move(written));
  const Result<bool> started = start_run(*run);
  if (!started) {
    if (!keep::is_kept_by_another(started.error()))
      (void)wire::write_record(before).has_value();  // as it was: the error is the news
    return std::unexpected(started.error());
  }
  if (!*started) return restarted_to_wait(directory);
  return Restarted{.name = run->record.name, .attempt = run->record.attempt, .waits_for = {}};
}

Result<LostRuns> find_lost() {
  Result<std::vector<RunRecord>> records = wire::list_records();
  if (!records) return pass(std::move(records));
  LostRuns found;
  for (const RunRecord& record : *records) {
    Result<RunRecord> run = wait_until_over(record.directory, 0);
    if (run && run->state == RunState::elsewhere)
      found.elsewhere.push_back({.name = run->name, .reason = wire::keepers_of(*run).elsewhere});
    if (run && run->state == RunState::lost) found.lost.push_back(std::move(*run));
  }
  return found;
}

}  // namespace vigie::act
