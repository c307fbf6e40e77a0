#include "views/process_choice.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace vigie::views {
namespace {

Result<std::vector<ProcessColumn>> chosen_columns(const ProcessWish& wish) {
  if (!wish.columns.empty()) return columns_named(wish.columns);
  if (wish.pids) return columns_named({"pid", "command"});
  if (!wish.for_people) return process_columns_for_programs();
  if (wish.threads)
    return columns_named({"pid", "tid", "user", "state", "cpu_percent", "cpu_seconds", "comm", "command"});
  if (wish.of_runs) {
    return columns_named(
        {"pid", "run", "role", "state", "cpu_percent", "rss_bytes", "threads", "elapsed_seconds", "command"});
  }
  return columns_named(
      {"pid", "user", "state", "cpu_percent", "rss_bytes", "cpu_seconds", "elapsed_seconds", "command"});
}

/// The total of a rate; other columns as they are.
std::string_view total_of(std::string_view column) {
  constexpr std::pair<std::string_view, std::string_view> totals[] = {{"cpu_percent", "cpu_seconds"},
                                                                      {"io_bytes_per_second", "io_bytes"},
                                                                      {"read_bytes_per_second", "io_read_bytes"},
                                                                      {"write_bytes_per_second", "io_written_bytes"},
                                                                      {"major_faults_per_second", "major_faults"}};
  const auto* const total = std::ranges::find(totals, column, &std::pair<std::string_view, std::string_view>::first);
  return total == std::end(totals) ? column : total->second;
}

/// With totals instead of rates where they are wanted, each column once.
std::vector<ProcessColumn> with_totals(const std::vector<ProcessColumn>& chosen, bool since_start) {
  std::vector<ProcessColumn> columns;
  for (const ProcessColumn& column : chosen) {
    const std::string_view name = since_start ? total_of(column.name()) : column.name();
    if (find_column(columns, name) == nullptr) columns.push_back(process_column(name));
  }
  return columns;
}

/// Shows the columns to sort by, when vigie chose the columns.
void add_sorted(std::vector<ProcessColumn>& columns, const std::vector<SortKey<ProcessRow>>& keys) {
  for (const SortKey<ProcessRow>& key : keys) {
    if (find_column(columns, key.column.name()) == nullptr) columns.insert(columns.end() - 1, key.column);
  }
}

/// No default loads a driver or walks through the memory of processes: these columns have to be asked for.
Needs needs_of(const ProcessWish& wish, const std::vector<ProcessColumn>& columns,
               const std::vector<SortKey<ProcessRow>>& keys) {
  Needs needs = needs_of(columns);
  needs.gpus = wish.gpus || (!wish.columns.empty() && needs.gpus);
  if (wish.columns.empty()) needs.fields = needs.fields.without(proc::Field::pss);
  for (const SortKey<ProcessRow>& key : keys) needs = needs | key.column.needs;
  return needs;
}

}  // namespace

Result<ProcessChoice> process_choice(const ProcessWish& wish) {
  ASSIGN_OR_RETURN(std::vector<ProcessColumn> columns, chosen_columns(wish));
  if (wish.gpus) add_gpu_columns(columns);
  Result<std::vector<SortKey<ProcessRow>>> sort =
      sort_keys<ProcessRow>({.all = process_columns(), .aliases = true}, wish.sort);
  RETURN_IF_ERROR(sort);
  for (SortKey<ProcessRow>& key : *sort) {
    if (wish.since_start) key.column = process_column(total_of(key.column.name()));
  }
  ProcessChoice choice{.columns = with_totals(columns, wish.since_start), .sort = std::move(*sort), .needs = {}};
  if (wish.columns.empty() && !wish.pids && wish.for_people) add_sorted(choice.columns, choice.sort);
  choice.needs = needs_of(wish, choice.columns, choice.sort);
  return choice;
}

Result<EndedChoice> ended_choice(const std::vector<std::string>& columns, const std::vector<std::string>& sort,
                                 bool for_people, bool again) {
  const Choice<EndedRow> all{.all = ended_columns(), .what = " of processes that ended"};
  std::vector<std::string> names = columns;
  if (names.empty() && for_people) {
    names = {"exit", "elapsed_seconds", "cpu_seconds", "pid", "ppid", "parent", "user", "run", "command"};
    if (again) names.insert(names.begin(), "end_time");
  }
  ASSIGN_OR_RETURN(std::vector<EndedColumn> chosen, names.empty() ? ended_columns() : all.named(names));
  ASSIGN_OR_RETURN(std::vector<SortKey<EndedRow>> keys, sort_keys(all, sort));
  return EndedChoice{.columns = std::move(chosen), .sort = std::move(keys)};
}

}  // namespace vigie::views
