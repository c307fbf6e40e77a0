// What the rows of `vigie stat` show: one row for the host, or one for each CPU, disk or interface.
#pragma once

#include <string_view>
#include <vector>

#include "model/frame.hpp"
#include "sources/sys/parts.hpp"
#include "views/column.hpp"

namespace vigie::views {

/// One row: the host, or the CPU, disk, interface or GPU with that index in the snapshot.
struct StatRow {
  const Frame* frame = nullptr;
  std::size_t index = 0;
  static constexpr std::size_t all = static_cast<std::size_t>(-1);  ///< instead of an index: all CPUs together
};

using StatColumn = Column<StatRow>;

/// How a number is written for people where the catalogue's way is too wide.
enum class StatStyle : std::uint8_t { as_unit, whole, milliseconds, hundredths };

[[nodiscard]] StatColumn stat_column(std::string_view name, Cell (*cell)(const StatRow&),
                                     StatStyle style = StatStyle::as_unit,
                                     void (*json)(JsonWriter&, const StatRow&) = nullptr);

/// What one row stands for.
enum class StatRows : std::uint8_t { host, cpus, disks, interfaces, gpus };

/// Columns of the host's row that belong together, for people and for programs.
struct StatGroup {
  std::string_view name;
  sys::Parts parts;
  std::vector<StatColumn> people;
  std::vector<StatColumn> programs;
};

/// cpu, mem, disk, net, gpu, psi, proc.
[[nodiscard]] const std::vector<StatGroup>& stat_groups();
/// As vmstat: the default columns of `vigie stat` for people, in the parts in which it gives way to a narrow terminal.
[[nodiscard]] const std::vector<StatGroup>& stat_overview();
/// Columns of rows that are not the host's.
[[nodiscard]] const std::vector<StatColumn>& stat_columns_of(StatRows rows, bool people);
/// The largest consumers of CPU, disk and memory.
[[nodiscard]] const std::vector<StatColumn>& stat_top_columns();

/// The indices to show: for people without partitions, devices that were never used and loop devices that rest, and
/// with all CPUs together before each.
[[nodiscard]] std::vector<StatRow> stat_rows(const Frame& frame, StatRows rows, bool people);

/// With the time in front; for people as they read it.
[[nodiscard]] std::vector<StatColumn> with_time(std::vector<StatColumn> columns, bool people);

}  // namespace vigie::views
