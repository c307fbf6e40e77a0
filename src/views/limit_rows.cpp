#include "views/limit_rows.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/units.hpp"
#include "model/cgroup.hpp"

namespace vigie::views {
namespace {

Cell amount(const Reading<double>& value) {
  if (!value) return value.presence();
  if (std::isinf(*value)) return std::string_view("unlimited");
  if (*value == std::floor(*value) && *value < 0x1p63) return static_cast<std::int64_t>(*value);
  return *value;
}

/// Bytes in human units.
Cell amount_for_people(const LimitRow& row, const Reading<double>& value) {
  return value && std::isfinite(*value) && row.unit == "bytes" ? Cell(human_bytes(*value)) : amount(value);
}

template <Reading<double> LimitRow::* part>
Column<LimitRow> amount_column(std::string_view name) {
  return {.metric = &metric(name),
          .cell = [](const LimitRow& row) { return amount(row.*part); },
          .people = [](const LimitRow& row) { return amount_for_people(row, row.*part); }};
}

/// Known from the snapshot beside the process's own files: "Max processes" counts the threads of its user.
Reading<std::uint64_t> used_of(const Snapshot& snapshot, ProcessId id, const ResourceLimit& limit) {
  if (limit.used.presence() != Presence::unsupported) return limit.used;
  const ProcessSample* process = snapshot.find(id);
  if (process == nullptr) return limit.used;
  if (limit.name == "Max cpu time") {
    return static_cast<std::uint64_t>(static_cast<double>(process->user_ticks + process->system_ticks) /
                                      ticks_per_second);
  }
  if (limit.name != "Max processes" || !process->uid) return limit.used;
  std::uint64_t threads = 0;
  for (const ProcessSample& other : snapshot.processes) {
    if (other.uid == process->uid && !other.kernel_thread) threads += other.threads;
  }
  return threads;
}

Reading<double> as_amount(const Reading<std::uint64_t>& value) {
  if (!value) return value.presence();
  return static_cast<double>(*value);
}

Reading<double> as_amount(const std::optional<std::uint64_t>& limit) {
  return limit ? static_cast<double>(*limit) : std::numeric_limits<double>::infinity();
}

LimitRow own_limit(const Snapshot& snapshot, ProcessId id, const ResourceLimit& limit) {
  LimitRow row{.pid = id.pid,
               .name = std::string(limit.name),
               .unit = std::string(limit.unit),
               .used = {},
               .soft = {},
               .hard = {},
               .group = {}};
  if (row.name.starts_with("Max ")) row.name.erase(0, 4);
  row.used = as_amount(used_of(snapshot, id, limit));
  row.soft = as_amount(limit.soft);
  row.hard = as_amount(limit.hard);
  return row;
}

/// A group has one limit: no process may go beyond it for a while.
LimitRow group_limit(ProcessId id, const CgroupLimit& limit) {
  return {.pid = id.pid,
          .name = std::string(limit.name),
          .unit = std::string(limit.unit),
          .used = limit.used,
          .soft = limit.limit,
          .hard = limit.limit,
          .group = limit.group};
}

}  // namespace

const std::vector<Column<LimitRow>>& limit_columns() {
  static const std::vector<Column<LimitRow>> all = {
      {&metric("pid"), [](const LimitRow& row) -> Cell { return std::int64_t{row.pid}; }},
      {&metric("limit"), [](const LimitRow& row) -> Cell { return std::string_view(row.name); }},
      amount_column<&LimitRow::used>("used"),
      {&metric("used_percent"), [](const LimitRow& row) { return cell_of(row.percent()); }},
      amount_column<&LimitRow::soft>("soft_limit"),
      amount_column<&LimitRow::hard>("hard_limit"),
      {&metric("limit_unit"), [](const LimitRow& row) -> Cell { return std::string_view(row.unit); }},
      {&metric("cgroup"),
       [](const LimitRow& row) -> Cell {
         if (row.group.empty()) return Presence::unsupported;
         return std::string_view(row.group);
       }},
  };
  return all;
}

std::vector<LimitRow> limit_rows(const Frame& frame) {
  std::vector<LimitRow> rows;
  for (const ProcessDetail& process : frame.snapshot->details) {
    if (!process.limits) continue;
    for (const ResourceLimit& limit : *process.limits) rows.push_back(own_limit(*frame.snapshot, process.id, limit));
    if (!process.cgroup) continue;
    for (const CgroupLimit& limit : limits_of(*process.cgroup)) rows.push_back(group_limit(process.id, limit));
  }
  std::ranges::stable_sort(rows, std::ranges::greater(),
                           [](const LimitRow& row) { return row.percent().value_or(-1); });
  return rows;
}

}  // namespace vigie::views
