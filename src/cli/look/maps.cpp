// vigie maps: what the memory of processes is for, with shared pages counted once.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include "act/target.hpp"
#include "base/units.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"

namespace vigie::cli {

namespace {

using format::Cell;
using format::cell_of;
using format::Column;

/// Growth since the first look: that of every interval added up.
struct Growth {
  std::array<Reading<std::int64_t>, mapping_kinds> kinds;
  std::map<std::pair<pid_t, std::uint64_t>, std::int64_t> mappings;  ///< by process and address
};

struct MapsOptions {
  LookOptions look;
  std::string target;
  std::string budget = "5";
  bool all = false;
  Growth growth;
};

struct TotalRow {
  std::string_view category;
  MappingTotal total;
  Reading<std::int64_t> growth;
};

struct MappingRow {
  pid_t pid = 0;
  const Mapping* mapping = nullptr;
  Reading<std::int64_t> growth;
};

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
    columns.push_back({&metric(name), [use_of, get](const Row& row) { return use_cell(use_of(row), get); }, {}});
  };
  add("rss_bytes", [](const MappingUse& use) { return use.rss; });
  add("pss_bytes", [](const MappingUse& use) { return use.pss; });
  add("mapped_shared_bytes", [](const MappingUse& use) { return use.shared(); });
  add("private_bytes", [](const MappingUse& use) { return use.unshared(); });
  add("dirty_bytes", [](const MappingUse& use) { return use.shared_dirty + use.private_dirty; });
  add("swap_bytes", [](const MappingUse& use) { return use.swap; });
}

std::vector<Column<TotalRow>> total_columns() {
  std::vector<Column<TotalRow>> all = {
      {&metric("category"), [](const TotalRow& row) -> Cell { return row.category; }, {}},
      {&metric("mappings"),
       [](const TotalRow& row) -> Cell { return static_cast<std::int64_t>(row.total.mappings); },
       {}},
      {&metric("size_bytes"),
       [](const TotalRow& row) -> Cell { return static_cast<std::int64_t>(row.total.size); },
       {}},
  };
  append_use_columns(all, [](const TotalRow& row) { return row.total.use; });
  all.push_back({&metric("once_bytes"), [](const TotalRow& row) { return cell_of(row.total.once); }, {}});
  all.push_back({&metric("growth_bytes"), [](const TotalRow& row) { return cell_of(row.growth); }, {}});
  return all;
}

std::vector<Column<MappingRow>> mapping_columns() {
  std::vector<Column<MappingRow>> all = {
      {&metric("pid"), [](const MappingRow& row) -> Cell { return std::int64_t{row.pid}; }, {}},
      {&metric("address"),
       [](const MappingRow& row) -> Cell { return fmt::format("{:012x}", row.mapping->start); },
       {}},
      {&metric("permissions"),
       [](const MappingRow& row) -> Cell { return std::string_view(row.mapping->permissions, 4); },
       {}},
      {&metric("size_bytes"),
       [](const MappingRow& row) -> Cell { return static_cast<std::int64_t>(row.mapping->size()); },
       {}},
  };
  append_use_columns(all, [](const MappingRow& row) { return row.mapping->use; });
  all.push_back({&metric("growth_bytes"), [](const MappingRow& row) { return cell_of(row.growth); }, {}});
  all.push_back(
      {&metric("category"), [](const MappingRow& row) -> Cell { return name_of(kind_of(*row.mapping)); }, {}});
  all.push_back(
      {&metric("path"), [](const MappingRow& row) -> Cell { return std::string_view(row.mapping->path); }, {}});
  return all;
}

/// Without columns that say nothing yet: growth before a second look, and where people read, what they can derive.
template <class Row>
void drop_columns(std::vector<Column<Row>>& columns, const MapsOptions& options, bool grown) {
  const bool people = !options.look.json && !options.look.csv;
  std::erase_if(columns, [&](const Column<Row>& column) {
    const std::string_view name = column.metric->name;
    if (!people) return false;
    return (name == "growth_bytes" && !grown) || name == "dirty_bytes" || (options.all && name == "category");
  });
}

void append_all(std::string& out, const Frame& frame, MapsOptions& options) {
  std::vector<MappingRow> rows;
  const auto& details = frame.snapshot->details;
  bool grown = false;
  for (std::size_t process = 0; process < details.size(); ++process) {
    if (!details[process].mappings) continue;
    const auto& mappings = *details[process].mappings;
    const pid_t pid = details[process].id.pid;
    for (std::size_t index = 0; index < mappings.size(); ++index) {
      Reading<std::int64_t> growth = frame.delta.details[process].rss_growth_bytes[index];
      if (growth) {
        grown = true;
        std::int64_t& sum = options.growth.mappings[{pid, mappings[index].start}];
        growth = sum += *growth;
      }
      rows.push_back({pid, &mappings[index], growth});
    }
  }
  std::vector<Column<MappingRow>> columns = mapping_columns();
  drop_columns(columns, options, grown);
  append_table(out, options.look, frame, "mappings",
               format::make_table(std::span<const Column<MappingRow>>(columns), std::span<const MappingRow>(rows)));
}

MappingTotals totals_in(const Frame& frame) {
  std::vector<const std::vector<Mapping>*> all;
  for (const ProcessDetail& process : frame.snapshot->details) {
    if (process.mappings) all.push_back(&*process.mappings);
  }
  return totals_of(all);
}

void append_totals(std::string& out, const Frame& frame, MapsOptions& options) {
  const MappingTotals totals = totals_in(frame);
  TotalRow sum{.category = "total", .total = sum_of(totals), .growth = Presence::first_sight};
  std::vector<TotalRow> rows;
  for (std::size_t kind = 0; kind < mapping_kinds; ++kind) {
    const Reading<std::int64_t>& grown = frame.delta.rss_growth_bytes[kind];
    Reading<std::int64_t>& since_first = options.growth.kinds[kind];
    if (grown) {
      since_first = since_first.value_or(0) + *grown;
      sum.growth = sum.growth.value_or(0) + *since_first;
    }
    if (totals[kind].mappings == 0) continue;
    rows.push_back({name_of(static_cast<MappingKind>(kind)), totals[kind], since_first});
  }
  const bool grown = sum.growth.has_value();
  rows.push_back(sum);
  std::vector<Column<TotalRow>> columns = total_columns();
  drop_columns(columns, options, grown);
  append_table(out, options.look, frame, "mappings",
               format::make_table(std::span<const Column<TotalRow>>(columns), std::span<const TotalRow>(rows)));
}

Result<View> render(const Frame& frame, MapsOptions& options) {
  View view;
  Result<void> readable = some_detail_readable(frame, &ProcessDetail::mappings, "memory map");
  if (!readable) return pass(std::move(readable));
  if (options.all) {
    append_all(view.text, frame, options);
  } else {
    append_totals(view.text, frame, options);
  }
  const auto denied = std::ranges::count_if(frame.snapshot->details, [](const ProcessDetail& process) {
    return process.mappings.presence() == Presence::denied;
  });
  append_note(view.text, options.look, denied > 0,
              fmt::format("{} processes may not be looked into; root (CAP_SYS_PTRACE) sees them", denied));
  const bool late = std::ranges::any_of(frame.snapshot->sources,
                                        [](const SourceStatus& source) { return source.state == SourceState::late; });
  append_note(view.text, options.look, late, "- was not read within the budget; --budget 60 takes more time for it");
  return view;
}

}  // namespace

void define_maps(Command& command) {
  auto options = std::make_shared<MapsOptions>();
  command.examples(
      "Examples:\n"
      "  vigie maps resnet                  what the memory of a run is for; ONCE counts shared pages once\n"
      "  vigie maps --all 4711              every mapping, as pmap -x has it\n"
      "  vigie maps -w resnet               does it grow? GROWTH is since the first look");
  command.option("TARGET", options->target, "PID, run, or %PATTERN").required();
  command.flag("-a,--all,--mappings", options->all, "every mapping");
  command.option("--budget", options->budget, "time to find out what is resident: slow on huge processes (5)")
      .value_name("SECONDS");
  add_look_options(command, options->look, "0");
  command.does([options]() -> Result<int> {
    Result<double> budget = parse_duration(options->budget);
    if (!budget) return pass(std::move(budget));
    FeedOptions feed = act::feed_about(options->target, proc::Detail::mappings);
    feed.detail.budget_seconds = *budget;
    return look(options->look, feed, [&](const Frame& frame) { return render(frame, *options); });
  });
}

}  // namespace vigie::cli
