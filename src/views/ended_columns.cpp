#include "views/ended_columns.hpp"

#include <sys/wait.h>
#include <time.h>

#include <algorithm>

#include <fmt/format.h>

#include "base/units.hpp"
#include "views/process_columns.hpp"

namespace vigie::views {
namespace {

Cell elapsed_cell(const EndedRow& row) {
  const EndedProcess& process = *row.process;
  if (!process.started || !process.ended) return Presence::unknown;
  return std::max(0.0, static_cast<double>(*process.ended - *process.started) / nanoseconds_per_second);
}

Cell cpu_cell(const EndedRow& row) {
  if (!row.process->cpu_ticks) return row.process->cpu_ticks.presence();
  return static_cast<double>(*row.process->cpu_ticks) / ticks_per_second;
}

/// "0.4ms", "12ms", and from a second on as every duration.
Cell short_duration(const Cell& cell) {
  const double* const seconds = std::get_if<double>(&cell);
  if (seconds == nullptr) return cell;
  if (*seconds >= 0.9995) return human_duration(*seconds);
  return *seconds < 0.00995 ? fmt::format("{:.1f}ms", *seconds * 1000) : fmt::format("{:.0f}ms", *seconds * 1000);
}

/// The kernel counts in ticks of 10 ms: a shorter time is not zero.
Cell cpu_for_people(const EndedRow& row) {
  const Reading<std::uint64_t>& ticks = row.process->cpu_ticks;
  return ticks && *ticks == 0 ? Cell(std::string_view("<10ms")) : short_duration(cpu_cell(row));
}

/// Of a boot time in nanoseconds. The wall clock is that of the look.
Cell wall_cell(const EndedRow& row, const Reading<std::int64_t>& boot_ns) {
  if (!boot_ns) return boot_ns.presence();
  const Instant& after = row.frame->snapshot->after;
  return after.wall_ns - after.boot_ns + *boot_ns;
}

Cell end_cell(const EndedRow& row) {
  return wall_cell(row, row.process->ended);
}

Cell time_of_day_cell(const EndedRow& row) {
  Cell cell = end_cell(row);
  const auto* const wall_ns = std::get_if<std::int64_t>(&cell);
  if (wall_ns == nullptr) return cell;
  const auto seconds = static_cast<time_t>(*wall_ns / nanoseconds_per_second);
  struct tm parts{};
  char text[16];
  if (::localtime_r(&seconds, &parts) == nullptr) return Presence::unknown;
  return std::string(text, ::strftime(text, sizeof text, "%H:%M:%S", &parts));
}

Cell exit_cell(const EndedRow& row) {
  const Reading<int>& status = row.process->wait_status;
  if (!status) return status.presence();
  return describe_wait_status(*status);
}

void exit_json(JsonWriter& writer, const EndedRow& row) {
  const Reading<int>& status = row.process->wait_status;
  if (!status) {
    writer.null();
    return;
  }
  const bool signal = WIFSIGNALED(*status);
  writer.begin_object();
  writer.member("code", signal ? std::nullopt : std::optional(WEXITSTATUS(*status)));
  writer.member("signal", signal ? std::optional(WTERMSIG(*status)) : std::nullopt);
  writer.member("core_dumped", signal && WCOREDUMP(*status));
  writer.member("reason", describe_wait_status(*status));
  writer.end_object();
}

Cell parent_cell(const EndedRow& row) {
  const Snapshot& snapshot = *row.frame->snapshot;
  if (const ProcessSample* alive = snapshot.find_pid(row.process->ppid)) return std::string_view(alive->comm);
  for (const EndedProcess& other : snapshot.ended) {
    if (other.id.pid == row.process->ppid) return cell_of(other.comm);
  }
  return Presence::unknown;
}

Cell run_cell(const EndedRow& row) {
  if (row.run < 0) return Presence::unsupported;
  return std::string_view(row.frame->view.runs[static_cast<std::size_t>(row.run)].name);
}

Cell user_cell(const EndedRow& row) {
  const Reading<uid_t>& uid = row.process->uid;
  if (!uid) return uid.presence();
  return user_name(*row.frame->snapshot, *uid);
}

Cell command_cell(const EndedRow& row) {
  const Reading<std::string> text = command_text(*row.process);
  if (!text) return text.presence();
  return *text;
}

/// `people`: as people read it, where its unit says otherwise.
EndedColumn ended_column(std::string_view name, Cell (*cell)(const EndedRow&),
                         Cell (*people)(const EndedRow&) = nullptr,
                         void (*json)(JsonWriter&, const EndedRow&) = nullptr) {
  EndedColumn column{.metric = &metric(name), .cell = cell};
  if (json != nullptr) column.json = json;
  if (people != nullptr) column.people = people;
  return column;
}

}  // namespace

const std::vector<EndedColumn>& ended_columns() {
  static const std::vector<EndedColumn> columns = {
      ended_column("end_time", end_cell, time_of_day_cell),
      ended_column("pid", [](const EndedRow& row) -> Cell { return std::int64_t{row.process->id.pid}; }),
      ended_column("ppid",
                   [](const EndedRow& row) -> Cell {
                     return row.process->ppid > 0 ? Cell(std::int64_t{row.process->ppid}) : Cell(Presence::unknown);
                   }),
      ended_column("parent", parent_cell),
      ended_column("user", user_cell),
      ended_column("exit", exit_cell, nullptr, exit_json),
      ended_column("elapsed_seconds", elapsed_cell,
                   [](const EndedRow& row) { return short_duration(elapsed_cell(row)); }),
      ended_column("cpu_seconds", cpu_cell, cpu_for_people),
      ended_column("run", run_cell),
      ended_column("command", command_cell),
      ended_column("comm", [](const EndedRow& row) { return cell_of(row.process->comm); }),
      ended_column("start_time", [](const EndedRow& row) { return wall_cell(row, row.process->started); }),
      ended_column("session", [](const EndedRow& row) { return cell_of(row.process->session); }),
      ended_column("uid", [](const EndedRow& row) { return cell_of(row.process->uid); }),
  };
  return columns;
}

}  // namespace vigie::views
