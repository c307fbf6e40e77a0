#include "cli/runs_by_name.hpp"

#include <vector>

#include "base/text.hpp"
#include "wire/record_list.hpp"

namespace vigie::cli {

Result<RunRecord> find_run(std::string_view text) {
  Result<std::vector<RunRecord>> records = wire::list_records_like(text);
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
  return fail("there is no supervised run " + safe_text(text) + ": `vigie ls` shows the runs", ErrorKind::no_target);
}

}  // namespace vigie::cli
