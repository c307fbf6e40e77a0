// vigie files: what processes have open, data sets and logs first.
#include <fmt/format.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <memory>
#include <string_view>

#include "act/target.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"

namespace vigie::cli {

namespace {

using format::Cell;
using format::cell_of;
using format::Column;
using format::JsonWriter;

struct FilesOptions {
  LookOptions look;
  std::string target;
  bool deleted = false;
  bool all = false;
};

struct FileRow {
  pid_t pid = 0;
  const OpenFile* file = nullptr;
  Reading<double> speed;
  int rank = 0;  ///< how early it stands
};

/// Files that are read or written first, then memory that is shared, then what connects to others, then what every
/// process has.
int rank_of(const OpenFile& file) {
  if (file.hold == Hold::library) return 6;
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

std::vector<FileRow> rows_of(const Frame& frame, const FilesOptions& options) {
  std::vector<FileRow> rows;
  const auto& details = frame.snapshot->details;
  for (std::size_t process = 0; process < details.size(); ++process) {
    if (!details[process].files) continue;
    const auto& files = *details[process].files;
    const auto& speeds = frame.delta.details[process].position_bytes_per_second;
    for (std::size_t index = 0; index < files.size(); ++index) {
      if (options.deleted && !files[index].deleted) continue;
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

const std::vector<Column<FileRow>>& columns() {
  static const std::vector<Column<FileRow>> all = {
      {&metric("pid"), [](const FileRow& row) -> Cell { return std::int64_t{row.pid}; }, {}},
      {&metric("fd"), [](const FileRow& row) -> Cell { return descriptor_text(*row.file); }, {}},
      {&metric("file_type"), [](const FileRow& row) -> Cell { return name_of(row.file->type); }, {}},
      {&metric("mode"), mode_cell, {}},
      {&metric("size_bytes"), [](const FileRow& row) { return cell_of(row.file->size_bytes); }, {}},
      {&metric("position_bytes"), [](const FileRow& row) { return cell_of(row.file->position_bytes); }, {}},
      {&metric("position_bytes_per_second"), [](const FileRow& row) { return cell_of(row.speed); }, {}},
      {&metric("deleted"),
       [](const FileRow& row) -> Cell { return std::string_view(row.file->deleted ? "yes" : "no"); },
       [](JsonWriter& writer, const FileRow& row) { writer.value(row.file->deleted); }},
      {&metric("protocol"), [](const FileRow& row) { return cell_of(row.file->info); }, {}},
      {&metric("device_number"), device_cell, {}},
      {&metric("inode"), [](const FileRow& row) { return cell_of(row.file->inode); }, {}},
      {&metric("path"), [](const FileRow& row) -> Cell { return std::string_view(row.file->path); }, {}},
  };
  return all;
}

/// What fits 80 columns beside a path: a socket's protocol stands before its name, a deleted file's fate behind it.
const std::vector<Column<FileRow>>& text_columns() {
  static const std::vector<Column<FileRow>> chosen = [] {
    std::vector<Column<FileRow>> some;
    for (const Column<FileRow>& column : columns()) {
      const std::string_view name = column.metric->name;
      if (name == "deleted" || name == "protocol" || name == "device_number" || name == "inode") continue;
      some.push_back(column);
    }
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

Result<View> render(const Frame& frame, const FilesOptions& options) {
  View view;
  std::vector<FileRow> rows = rows_of(frame, options);
  Result<void> readable = some_detail_readable(frame, &ProcessDetail::files, "open files");
  if (!readable) return pass(std::move(readable));
  const bool people = !options.look.json && !options.look.csv;
  std::size_t libraries = 0;
  if (people && !options.all && !options.deleted) {
    libraries = std::erase_if(rows, [](const FileRow& row) { return row.rank == 6; });
  }
  append_table(view.text, options.look, frame, "files",
               format::make_table(std::span<const Column<FileRow>>(people ? text_columns() : columns()),
                                  std::span<const FileRow>(rows)));
  append_note(view.text, options.look, libraries > 0,
              fmt::format("and {} mapped libraries; --all shows them", libraries));
  const auto denied = std::ranges::count_if(frame.snapshot->details, [](const ProcessDetail& process) {
    return process.files.presence() == Presence::denied;
  });
  append_note(view.text, options.look, denied > 0,
              fmt::format("{} processes may not be looked into; root (CAP_SYS_PTRACE) sees them", denied));
  return view;
}

}  // namespace

void define_files(Command& command) {
  auto options = std::make_shared<FilesOptions>();
  command.examples(
      "Examples:\n"
      "  vigie files resnet                 what a run reads and writes, and how fast\n"
      "  vigie files --all 4711             with every library, as lsof -p has it\n"
      "  vigie files --deleted resnet       files that are gone but still take space\n"
      "  vigie files -w 4711                is it still reading?");
  command.option("TARGET", options->target, "PID, run, or %PATTERN").required();
  command.flag("--deleted", options->deleted, "only files that are deleted but still held");
  command.flag("-a,--all", options->all, "mapped libraries, too (JSON and CSV always have them)");
  add_look_options(command, options->look);
  command.does([options] {
    proc::Details what = proc::Detail::files;
    if (options->all || options->look.json || options->look.csv) what = what | proc::Detail::libraries;
    return look(options->look, act::feed_about(options->target, what),
                [&](const Frame& frame) { return render(frame, *options); });
  });
}

}  // namespace vigie::cli
