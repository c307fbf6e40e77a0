#include "views/mount_rows.hpp"

#include <algorithm>
#include <functional>
#include <string>

#include <fmt/format.h>

#include "rules/check/thresholds.hpp"
#include "rules/facts/shared.hpp"

namespace vigie::views {
namespace {

constexpr double half_full = 50;

/// It is the number of files that is nearer to its end, and worth a word.
bool has_few_files(const MountUse& use) {
  const rules::Room room = rules::room_of(use);
  return room.of_files && room.used_percent >= half_full;
}

/// Above every percentage: what does not answer is looked at first.
double fullness(const MountRow& row) {
  constexpr double no_answer = 1000;
  return row.used_percent().value_or(no_answer);
}

bool is_of_interest(const MountRow& row) {
  const MountSample& mount = *row.sample;
  if (!mount.use || mount.path == rules::shared_memory) return true;
  if (mount.read_only && mount.use->available_bytes == 0) return false;
  const bool in_memory = mount.type == "tmpfs" || mount.type == "devtmpfs";
  return mount.use->total_bytes > 0 && (!in_memory || fullness(row) >= 1);
}

Cell percent_for_people(const MountRow& row) {
  const Reading<double> percent = row.used_percent();
  if (!percent) return percent.presence();
  return fmt::format("{}{:.0f}%", percent.presence() == Presence::stale ? "~" : "", *percent);
}

Paint paint_of_fullness(const MountRow& row) {
  constexpr rules::check_thresholds::Bounds bounds = rules::check_thresholds::space_percent;
  const double percent = fullness(row);
  return percent >= bounds.critical ? Paint::bad : percent >= bounds.warning ? Paint::notable : Paint::none;
}

Cell bytes_cell(const MountRow& row, std::uint64_t MountUse::* part) {
  const Reading<MountUse>& use = row.sample->use;
  return use ? Cell(static_cast<std::int64_t>((*use).*part)) : Cell(use.presence());
}

/// What a person should know besides.
std::string remark_of(const MountRow& row) {
  const Reading<MountUse>& use = row.sample->use;
  if (use.presence() == Presence::unknown) return "does not answer";
  if (use.presence() == Presence::denied) return "may not be asked";
  if (!use) return "was not asked";
  if (has_few_files(*use)) return fmt::format("{} files more", use->files_free);
  if (use.presence() == Presence::stale) return "does not answer: old values";
  return row.sample->read_only ? "read-only" : "";
}

Paint paint_of_remark(const MountRow& row) {
  if (!row.sample->use) return Paint::bad;
  const bool stale = row.sample->use.presence() == Presence::stale;
  return stale || has_few_files(*row.sample->use) ? Paint::notable : Paint::none;
}

}  // namespace

Reading<double> MountRow::used_percent() const {
  if (!sample->use) return sample->use.presence();
  const double percent = rules::room_of(*sample->use).used_percent;
  return sample->use.presence() == Presence::stale ? Reading<double>::stale(percent) : Reading<double>(percent);
}

std::vector<MountRow> mount_rows(const Frame& frame) {
  std::vector<MountRow> rows;
  if (!frame.snapshot->host.mounts) return rows;
  for (const MountSample& mount : *frame.snapshot->host.mounts) rows.push_back({.sample = &mount});
  std::erase_if(rows, [](const MountRow& row) { return !is_of_interest(row); });
  std::ranges::stable_sort(rows, std::ranges::greater{}, fullness);
  return rows;
}

const std::vector<Column<MountRow>>& mount_columns() {
  static const std::vector<Column<MountRow>> all = {
      column<MountRow>("mount", [](const MountRow& row) -> Cell { return std::string_view(row.sample->path); }),
      {.metric = &metric("mount_used_percent"),
       .cell = [](const MountRow& row) { return cell_of(row.used_percent()); },
       .paint = paint_of_fullness,
       .people = percent_for_people},
      column<MountRow>("mount_available_bytes",
                       [](const MountRow& row) { return bytes_cell(row, &MountUse::available_bytes); }),
      column<MountRow>("mount_total_bytes",
                       [](const MountRow& row) { return bytes_cell(row, &MountUse::total_bytes); }),
      column<MountRow>("mount_type", [](const MountRow& row) -> Cell { return std::string_view(row.sample->type); }),
      {.metric = &metric("remark"),
       .cell = [](const MountRow& row) -> Cell { return remark_of(row); },
       .paint = paint_of_remark}};
  return all;
}

}  // namespace vigie::views
