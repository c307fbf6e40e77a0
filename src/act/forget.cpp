#include "act/forget.hpp"

#include <optional>

#include "act/run_life.hpp"
#include "act/runs_by_name.hpp"
#include "wire/record_list.hpp"

namespace vigie::act {
namespace {

/// By its id alone: what else it is called, and whether it is over, its record would tell.
Result<std::string> forget_unreadable(const wire::UnreadableRun& run) {
  const Result<wire::ChangeLock> lock = wire::ChangeLock::take(run.directory);
  if (!lock) return std::unexpected(lock.error());
  if (run.kept) return fail(describe(run));
  if (Result<void> removed = remove_directory(run.directory); !removed) return pass(std::move(removed));
  return run.id;
}

}  // namespace

Result<std::string> forget(const std::string& directory, bool machine_gone) {
  Result<OpenRun> run = open_to_change(directory, machine_gone);
  if (!run) return pass(std::move(run));
  if (!is_over(run->record.state)) return not_over(run->record);
  if (Result<void> clear = refuse_leftovers(run->record); !clear) return pass(std::move(clear));
  if (Result<void> removed = forget_run(*run); !removed) return pass(std::move(removed));
  return run->record.name;
}

Result<std::string> forget_named(const std::string& text, bool machine_gone) {
  if (const std::optional<wire::UnreadableRun> damaged = find_unreadable(text)) return forget_unreadable(*damaged);
  Result<RunRecord> found = find_run(text, Naming::exact, RunUse::remove);
  if (!found) return pass(std::move(found));
  return forget(found->directory, machine_gone);
}

Result<std::vector<std::string>> find_ended() {
  Result<std::vector<RunRecord>> records = wire::list_records();
  if (!records) return pass(std::move(records));
  std::vector<std::string> over;
  for (const RunRecord& record : *records) {
    const Result<RunRecord> now = wait_until_over(record.directory, 0);
    if (now && is_over(now->state)) over.push_back(now->directory);
  }
  return over;
}

}  // namespace vigie::act
