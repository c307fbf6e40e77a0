#include "cli/runs_by_name.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace vigie::cli {

Result<RunRecord> find_run(std::string_view text, Naming naming) {
  std::vector<wire::UnreadableRun> unreadable;
  Result<std::vector<RunRecord>> records = wire::list_records_like(text, &unreadable);
  if (!records) return pass(std::move(records));
  const bool exact = naming == Naming::exact;
  for (const auto member : {&RunRecord::name, &RunRecord::id}) {
    if (exact && is_pid(text)) break;
    const auto found = std::ranges::find(*records, text, member);
    if (found != records->end()) return std::move(*found);
  }
  if (text.empty()) records->clear();
  std::erase_if(*records, [&](const RunRecord& record) {
    return !record.name.starts_with(text) && !record.id.starts_with(text);
  });
  if (!exact && records->size() == 1) return std::move(records->front());
  if (!exact && records->size() > 1)
    return fail(fmt::format("{} begins the names of several runs: give more of it", text), ErrorKind::usage);
  const auto damaged = std::ranges::find(unreadable, text, &wire::UnreadableRun::id);
  if (damaged != unreadable.end()) return fail(describe(*damaged));
  std::string message = fmt::format("there is no supervised run {}", text);
  if (is_pid(text)) message += ": digits alone are a PID, and a run goes by its name";
  if (exact && !is_pid(text) && !records->empty())
    message += fmt::format("; did you mean {}? What acts on a run wants its whole name", records->front().name);
  return fail(message + ": `vigie ls` shows the runs", ErrorKind::no_target);
}

std::optional<wire::UnreadableRun> find_unreadable(std::string_view id) {
  std::vector<wire::UnreadableRun> unreadable;
  (void)wire::list_records_like(id, &unreadable).has_value();
  const auto found = std::ranges::find(unreadable, id, &wire::UnreadableRun::id);
  return found == unreadable.end() ? std::nullopt : std::optional(*found);
}

}  // namespace vigie::cli
