#include "act/forget.hpp"

#include <optional>

#include "act/run_life.hpp"
#include "act/runs_by_name.hpp"
#include "wire/record_list.hpp"

namespace vigie::act {
namespace {

/// By its id alone: only its record could tell its name, and whether it is over.
Result<std::string> forget_unreadable(const wire::UnreadableRun& run) {
  const Result<wire::ChangeLock> lock = wire::ChangeLock::take(run.directory);
  RETURN_IF_ERROR(lock);
  if (run.kept) return fail(describe(run));
  RETURN_IF_ERROR(remove_directory(run.directory));
  return run.id;
}

}  // namespace

Result<std::string> forget(const std::string& directory, bool machine_gone) {
  ASSIGN_OR_RETURN(OpenRun run, open_to_change(directory, machine_gone));
  if (!is_over(run.record.state)) return not_over(run.record);
  RETURN_IF_ERROR(refuse_leftovers(run.record));
  RETURN_IF_ERROR(forget_run(run));
  return run.record.name;
}

Result<std::string> forget_named(const std::string& text, bool machine_gone) {
  if (const std::optional<wire::UnreadableRun> damaged = find_unreadable(text)) return forget_unreadable(*damaged);
  ASSIGN_OR_RETURN(RunRecord found, find_run(text, Naming::exact, RunUse::remove));
  return forget(found.directory, machine_gone);
}

Result<std::vector<std::string>> find_ended() {
  ASSIGN_OR_RETURN(std::vector<RunRecord> records, wire::list_records());
  std::vector<std::string> over;
  for (const RunRecord& record : records) {
    const Result<RunRecord> now = wait_until_over(record.directory, 0);
    if (now && is_over(now->state)) over.push_back(now->directory);
  }
  return over;
}

}  // namespace vigie::act
