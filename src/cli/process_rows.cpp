#include "cli/process_rows.hpp"

#include <fmt/format.h>
#include <pwd.h>

#include <unordered_map>

#include "base/text.hpp"
#include "cli/look.hpp"

namespace vigie::cli {

namespace {

using format::Cell;
using format::cell_of;
using proc::Field;

/// Name of a user, asked once; the number when nobody has it.
std::string_view user_name(uid_t uid) {
  static std::unordered_map<uid_t, std::string> names;
  const auto [at, added] = names.try_emplace(uid);
  if (added) {
    const passwd* entry = ::getpwuid(uid);
    at->second = entry != nullptr ? entry->pw_name : std::to_string(uid);
  }
  return at->second;
}

const ProcessRates* rates_of(const Frame& frame, std::size_t index) {
  return index < frame.delta.processes.size() ? &frame.delta.processes[index] : nullptr;
}

/// Sum over all processes of the row; absent as the first one is when none is known.
template <class Get>
Cell sum_of(const ProcessRow& row, Get get) {
  Reading<double> sum = get(row.index);
  for (const std::size_t index : row.folded) {
    const Reading<double> one = get(index);
    if (one.has_value()) sum = sum.value_or(0) + *one;
  }
  return cell_of(sum);
}

template <Reading<double> ProcessRates::* rate>
Cell rate_cell(const ProcessRow& row) {
  return sum_of(row, [&](std::size_t index) -> Reading<double> {
    const ProcessRates* rates = rates_of(*row.frame, index);
    return rates != nullptr ? rates->*rate : Reading<double>(Presence::first_sight);
  });
}

template <class Number>
Cell total(const ProcessRow& row, Number number) {
  std::int64_t sum = 0;
  sum += static_cast<std::int64_t>(number(row.process()));
  for (const std::size_t index : row.folded) {
    sum += static_cast<std::int64_t>(number(row.frame->snapshot->processes[index]));
  }
  return sum;
}

template <Presence why>
Cell absent(const ProcessRow&) {
  return why;
}

Cell user_cell(const ProcessRow& row) {
  const auto& uid = row.process().uid;
  if (!uid.has_value()) return uid.presence();
  return user_name(*uid);
}

Cell command_cell(const ProcessRow& row) {
  const ProcessSample& process = row.process();
  if (row.head) return row.branch;
  if (row.branch.empty() && row.folded.empty()) return command_text(process);
  std::string text = row.branch + command_text(process);
  if (!row.folded.empty()) text += fmt::format("  (and {} like it)", row.folded.size());
  return text;
}

Cell cpu_seconds_cell(const ProcessRow& row) {
  return sum_of(row, [&](std::size_t index) -> Reading<double> {
    const ProcessSample& process = row.frame->snapshot->processes[index];
    return static_cast<double>(process.user_ticks + process.system_ticks) / ticks_per_second;
  });
}

Cell mem_percent_cell(const ProcessRow& row) {
  const auto& memory = row.frame->snapshot->host.memory;
  if (!memory.has_value()) return memory.presence();
  if (memory->total == 0) return Presence::unknown;
  const Cell rss = total(row, [](const ProcessSample& process) { return process.rss_bytes; });
  return 100.0 * static_cast<double>(std::get<std::int64_t>(rss)) / static_cast<double>(memory->total);
}

Cell start_time_cell(const ProcessRow& row) {
  const std::int64_t boot = row.frame->snapshot->host.boot_wall_ns;
  if (boot == 0) return Presence::unknown;
  return boot + start_boot_ns(row.process().id);
}

Cell run_cell(const ProcessRow& row) {
  const Run* run = row.run();
  if (run == nullptr) return Presence::unsupported;
  return std::string_view(run->name);
}

Cell role_cell(const ProcessRow& row) {
  const Member* member = row.member();
  if (member == nullptr) return Presence::unsupported;
  if (!row.folded.empty()) return fmt::format("{} loader workers", row.folded.size() + 1);
  std::string role = describe(*member);
  if (role.empty()) return Presence::unknown;
  return role;
}

}  // namespace

const Run* ProcessRow::run() const {
  const auto& run_of = frame->view.run_of;
  if (index >= run_of.size() || run_of[index] < 0) return nullptr;
  return &frame->view.runs[static_cast<std::size_t>(run_of[index])];
}

const Member* ProcessRow::member() const {
  const Run* of = run();
  const auto& member_of = frame->view.member_of;
  if (of == nullptr || index >= member_of.size() || member_of[index] < 0) return nullptr;
  return &of->members[static_cast<std::size_t>(member_of[index])];
}

const std::vector<ProcessColumn>& process_columns() {
  using Row = ProcessRow;
  using Sample = ProcessSample;
  static const std::vector<ProcessColumn> columns = {
      {"pid", {}, false, [](const Row& row) -> Cell { return std::int64_t{row.process().id.pid}; }},
      {"ppid", {}, false, [](const Row& row) -> Cell { return std::int64_t{row.process().ppid}; }},
      {"user", {}, false, user_cell},
      {"state", {}, false, [](const Row& row) -> Cell { return std::string_view(&row.process().state, 1); }},
      {"command", Field::cmdline, false, command_cell},
      {"comm", {}, false, [](const Row& row) -> Cell { return std::string_view(row.process().comm); }},
      {"exe", Field::exe, false, [](const Row& row) { return cell_of(row.process().exe); }},
      {"threads", {}, false, [](const Row& row) { return total(row, [](const Sample& p) { return p.threads; }); }},
      {"nice", {}, false, [](const Row& row) -> Cell { return std::int64_t{row.process().nice}; }},
      {"ionice", {}, false, absent<Presence::not_read>},
      {"cpu_percent", {}, false, rate_cell<&ProcessRates::cpu_percent>},
      {"cpu_seconds", {}, false, cpu_seconds_cell},
      {"rss_bytes", {}, false, [](const Row& row) { return total(row, [](const Sample& p) { return p.rss_bytes; }); }},
      {"pss_bytes", {}, false, absent<Presence::not_read>},
      {"shared_bytes", Field::shared, false, [](const Row& row) { return cell_of(row.process().shared_bytes); }},
      {"swap_bytes", {}, false, absent<Presence::not_read>},
      {"mem_percent", {}, false, mem_percent_cell},
      {"read_bytes_per_second", Field::io, false, rate_cell<&ProcessRates::read_bytes_per_second>},
      {"write_bytes_per_second", Field::io, false, rate_cell<&ProcessRates::write_bytes_per_second>},
      {"io_wait_percent", {}, false, absent<Presence::not_read>},
      {"run_delay_percent", Field::sched, false, rate_cell<&ProcessRates::run_delay_percent>},
      {"major_faults_per_second", {}, false, rate_cell<&ProcessRates::major_faults_per_second>},
      {"voluntary_switches_per_second", Field::status, false, rate_cell<&ProcessRates::voluntary_switches_per_second>},
      {"involuntary_switches_per_second", Field::status, false,
       rate_cell<&ProcessRates::involuntary_switches_per_second>},
      {"wait", Field::wchan, false, [](const Row& row) { return cell_of(row.process().wchan); }},
      {"elapsed_seconds",
       {},
       false,
       [](const Row& row) -> Cell { return age_seconds(*row.frame->snapshot, row.process()); }},
      {"start_time", {}, false, start_time_cell},
      {"cgroup", Field::cgroup, false, [](const Row& row) { return cell_of(row.process().cgroup); }},
      {"run", {}, true, run_cell},
      {"role", {}, true, role_cell},
      {"gpu_memory_bytes", {}, false, absent<Presence::not_read>},
      {"gpu_busy_percent", {}, false, absent<Presence::not_read>},
  };
  return columns;
}

Result<std::vector<ProcessColumn>> columns_named(const std::vector<std::string>& names) {
  std::vector<ProcessColumn> chosen;
  for (const std::string& name : names) {
    const ProcessColumn* found = nullptr;
    for (const ProcessColumn& column : process_columns()) {
      if (column.name == name) found = &column;
    }
    if (found == nullptr) {
      std::vector<std::string> known;
      for (const ProcessColumn& column : process_columns()) known.emplace_back(column.name);
      std::string near = suggestion(name, known);
      if (near.empty()) near = fmt::format("; there are {}", fmt::join(known, ", "));
      return fail(fmt::format("no column \"{}\"{}", safe_text(name), near), ErrorKind::usage);
    }
    chosen.push_back(*found);
  }
  return chosen;
}

std::vector<format::Column<ProcessRow>> format_columns(const std::vector<ProcessColumn>& columns) {
  std::vector<format::Column<ProcessRow>> result;
  result.reserve(columns.size());
  for (const ProcessColumn& column : columns) {
    const bool command = column.name == "command";
    auto cell = column.cell;
    if (command) {
      result.push_back({&metric(column.name), cell, {}});
      continue;
    }
    // Only the command column says anything about a head.
    result.push_back({&metric(column.name),
                      [cell](const ProcessRow& row) { return row.head ? Cell(std::string_view()) : cell(row); },
                      {}});
  }
  return result;
}

proc::Fields fields_of(const std::vector<ProcessColumn>& columns) {
  proc::Fields fields;
  for (const ProcessColumn& column : columns) fields = fields | column.fields;
  return fields;
}

}  // namespace vigie::cli
