#include "cli/runs_by_name.hpp"

#include <algorithm>
#include <vector>

#include "base/text.hpp"

namespace vigie::cli {

Result<RunRecord> find_run(std::string_view text) {
  std::vector<wire::UnreadableRun> unreadable;
  Result<std::vector<RunRecord>> records = wire::list_records_like(text, &unreadable);
  if (!records) return pass(std::move(records));
  const RunRecord* by_prefix = nullptr;
  int matches = 0;
  for (const RunRecord& record : *records) {
    if (record.name == text || record.id == text) return record;
    if (!text.empty() && (record.name.starts_with(text) || record.id.starts_with(text))) {
      by_prefix = &record;
      ++matches;
    }
  }
  if (matches == 1) return *by_prefix;
  if (matches > 1)
    return fail(safe_text(text) + " begins the names of several runs: give more of it", ErrorKind::usage);
  const auto damaged = std::ranges::find(unreadable, text, &wire::UnreadableRun::id);
  if (damaged != unreadable.end()) return fail(describe(*damaged));
  return fail("there is no supervised run " + safe_text(text) + ": `vigie ls` shows the runs", ErrorKind::no_target);
}

std::optional<wire::UnreadableRun> find_unreadable(std::string_view id) {
  std::vector<wire::UnreadableRun> unreadable;
  (void)wire::list_records_like(id, &unreadable).has_value();
  const auto found = std::ranges::find(unreadable, id, &wire::UnreadableRun::id);
  return found == unreadable.end() ? std::nullopt : std::optional(*found);
}

}  // namespace vigie::cli
