#include "views/file_rows.hpp"

#include <sys/sysmacros.h>

#include <algorithm>

#include <fmt/format.h>

namespace vigie::views {
namespace {

/// Files that are read or written first, then shared memory, then connections to others, then files that every process
/// has.
int rank_of(const OpenFile& file) {
  if (file.hold == Hold::library) return FileRow::library;
  if (file.hold != Hold::descriptor && file.hold != Hold::mapped) return 5;
  const bool shared_memory = file.path.starts_with("/dev/shm/") || file.path.starts_with("/SYSV");
  switch (file.type) {
    case FileType::regular: return shared_memory ? 1 : 0;
    case FileType::block:
    case FileType::memfd: return 1;
    case FileType::socket:
    case FileType::pipe: return 2;
    case FileType::character: return file.path == "/dev/null" ? 5 : 3;
    default: return 4;
  }
}

Cell mode_cell(const FileRow& row) {
  std::string mode;
  if (row.file->readable) mode += 'r';
  if (row.file->writable) mode += 'w';
  if (row.file->append) mode += 'a';
  if (mode.empty()) return Presence::unknown;
  return mode;
}

Cell device_cell(const FileRow& row) {
  if (!row.file->device) return row.file->device.presence();
  return fmt::format("{}:{}", ::major(*row.file->device), ::minor(*row.file->device));
}

}  // namespace

std::vector<FileRow> file_rows(const Frame& frame, bool only_deleted) {
  std::vector<FileRow> rows;
  const auto& details = frame.snapshot->details;
  for (std::size_t process = 0; process < details.size(); ++process) {
    if (!details[process].files) continue;
    const auto& files = *details[process].files;
    const auto& speeds = frame.delta.details[process].position_bytes_per_second;
    for (std::size_t index = 0; index < files.size(); ++index) {
      if (only_deleted && !files[index].deleted) continue;
      rows.push_back({details[process].id.pid, &files[index], speeds[index], rank_of(files[index])});
    }
  }
  std::ranges::stable_sort(rows, [](const FileRow& a, const FileRow& b) {
    if (a.rank != b.rank) return a.rank < b.rank;
    if (a.rank > 0) return false;
    if (a.speed.value_or(0) != b.speed.value_or(0)) return a.speed.value_or(0) > b.speed.value_or(0);
    return a.file->size_bytes.value_or(0) > b.file->size_bytes.value_or(0);
  });
  return rows;
}

const std::vector<Column<FileRow>>& file_columns() {
  static const std::vector<Column<FileRow>> all = {
      {&metric("pid"), [](const FileRow& row) -> Cell { return std::int64_t{row.pid}; }},
      {&metric("fd"), [](const FileRow& row) -> Cell { return descriptor_text(*row.file); }},
      {&metric("file_type"), [](const FileRow& row) -> Cell { return name_of(row.file->type); }},
      {&metric("mode"), mode_cell},
      {&metric("size_bytes"), [](const FileRow& row) { return cell_of(row.file->size_bytes); }},
      {&metric("position_bytes"), [](const FileRow& row) { return cell_of(row.file->position_bytes); }},
      {&metric("position_bytes_per_second"), [](const FileRow& row) { return cell_of(row.speed); }},
      {&metric("deleted"),
       [](const FileRow& row) -> Cell { return std::string_view(row.file->deleted ? "yes" : "no"); },
       [](JsonWriter& writer, const FileRow& row) { writer.value(row.file->deleted); }},
      {&metric("protocol"), [](const FileRow& row) { return cell_of(row.file->info); }},
      {&metric("device_number"), device_cell},
      {&metric("inode"), [](const FileRow& row) { return cell_of(row.file->inode); }},
      {&metric("path"), [](const FileRow& row) -> Cell { return std::string_view(row.file->path); }},
  };
  return all;
}

const std::vector<Column<FileRow>>& file_columns_for_people() {
  static const std::vector<Column<FileRow>> chosen = [] {
    constexpr std::string_view hidden[] = {"deleted", "protocol", "device_number", "inode"};
    std::vector<Column<FileRow>> some = without(file_columns(), hidden);
    some.back().cell = [](const FileRow& row) -> Cell {
      const OpenFile& file = *row.file;
      if (file.info) return *file.info + " " + file.path;
      if (file.deleted) return file.path + " (deleted, space still held)";
      return std::string_view(file.path);
    };
    return some;
  }();
  return chosen;
}

}  // namespace vigie::views
