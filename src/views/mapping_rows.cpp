#include "views/mapping_rows.hpp"

#include <fmt/format.h>

namespace vigie::views {
namespace {

/// A part of the use of a row, which may not be known.
template <class Get>
Cell use_cell(const Reading<MappingUse>& use, Get get) {
  if (!use) return use.presence();
  return static_cast<std::int64_t>(get(*use));
}

/// The columns that a mapping and a total have alike; `use_of` gets the use from a row.
template <class Row, class UseOf>
void append_use_columns(std::vector<Column<Row>>& columns, UseOf use_of) {
  const auto add = [&](std::string_view name, auto get) {
    columns.push_back({&metric(name), [use_of, get](const Row& row) { return use_cell(use_of(row), get); }});
  };
  add("rss_bytes", [](const MappingUse& use) { return use.rss; });
  add("pss_bytes", [](const MappingUse& use) { return use.pss; });
  add("mapped_shared_bytes", [](const MappingUse& use) { return use.shared(); });
  add("private_bytes", [](const MappingUse& use) { return use.unshared(); });
  add("dirty_bytes", [](const MappingUse& use) { return use.shared_dirty + use.private_dirty; });
  add("swap_bytes", [](const MappingUse& use) { return use.swap; });
}

MappingTotals totals_in(const Frame& frame) {
  std::vector<const std::vector<Mapping>*> all;
  for (const ProcessDetail& process : frame.snapshot->details) {
    if (process.mappings) all.push_back(&*process.mappings);
  }
  return totals_of(all);
}

}  // namespace

std::vector<Column<MappingTotalRow>> mapping_total_columns() {
  std::vector<Column<MappingTotalRow>> all = {
      {&metric("category"), [](const MappingTotalRow& row) -> Cell { return row.category; }},
      {&metric("mappings"),
       [](const MappingTotalRow& row) -> Cell { return static_cast<std::int64_t>(row.total.mappings); }},
      {&metric("size_bytes"),
       [](const MappingTotalRow& row) -> Cell { return static_cast<std::int64_t>(row.total.size); }},
  };
  append_use_columns(all, [](const MappingTotalRow& row) { return row.total.use; });
  all.push_back({&metric("once_bytes"), [](const MappingTotalRow& row) { return cell_of(row.total.once); }});
  all.push_back({&metric("growth_bytes"), [](const MappingTotalRow& row) { return cell_of(row.growth); }});
  return all;
}

std::vector<Column<MappingRow>> mapping_columns() {
  std::vector<Column<MappingRow>> all = {
      {&metric("pid"), [](const MappingRow& row) -> Cell { return std::int64_t{row.pid}; }},
      {&metric("address"), [](const MappingRow& row) -> Cell { return fmt::format("{:012x}", row.mapping->start); }},
      {&metric("permissions"),
       [](const MappingRow& row) -> Cell { return std::string_view(row.mapping->permissions, 4); }},
      {&metric("size_bytes"),
       [](const MappingRow& row) -> Cell { return static_cast<std::int64_t>(row.mapping->size()); }},
  };
  append_use_columns(all, [](const MappingRow& row) { return row.mapping->use; });
  all.push_back({&metric("growth_bytes"), [](const MappingRow& row) { return cell_of(row.growth); }});
  all.push_back({&metric("category"), [](const MappingRow& row) -> Cell { return name_of(kind_of(*row.mapping)); }});
  all.push_back({&metric("path"), [](const MappingRow& row) -> Cell { return std::string_view(row.mapping->path); }});
  return all;
}

std::vector<MappingRow> MappingGrowth::rows(const Frame& frame) {
  std::vector<MappingRow> rows;
  const auto& details = frame.snapshot->details;
  for (std::size_t process = 0; process < details.size(); ++process) {
    if (!details[process].mappings) continue;
    const auto& mappings = *details[process].mappings;
    const pid_t pid = details[process].id.pid;
    for (std::size_t index = 0; index < mappings.size(); ++index) {
      Reading<std::int64_t> growth = frame.delta.details[process].rss_growth_bytes[index];
      if (growth) growth = mappings_[{pid, mappings[index].start}] += *growth;
      rows.push_back({pid, &mappings[index], growth});
    }
  }
  return rows;
}

std::vector<MappingTotalRow> MappingGrowth::totals(const Frame& frame) {
  const MappingTotals totals = totals_in(frame);
  MappingTotalRow sum{.category = "total", .total = sum_of(totals), .growth = Presence::first_sight};
  std::vector<MappingTotalRow> rows;
  for (std::size_t kind = 0; kind < mapping_kinds; ++kind) {
    const Reading<std::int64_t>& grown = frame.delta.rss_growth_bytes[kind];
    Reading<std::int64_t>& since_first = kinds_[kind];
    if (grown) {
      since_first = since_first.value_or(0) + *grown;
      sum.growth = sum.growth.value_or(0) + *since_first;
    }
    if (totals[kind].mappings == 0) continue;
    rows.push_back({name_of(static_cast<MappingKind>(kind)), totals[kind], since_first});
  }
  rows.push_back(sum);
  return rows;
}

}  // namespace vigie::views
