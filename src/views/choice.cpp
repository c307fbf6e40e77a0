// Columns by their names: those of vigie, and what procps and people call them.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/suggestion.hpp"
#include "base/text.hpp"
#include "cli/look.hpp"
#include "cli/look/process_rows.hpp"

namespace vigie::cli {

namespace {

struct Alias {
  std::string_view name, column;
};

/// What procps calls them (ps(1), STANDARD FORMAT SPECIFIERS; top(1) field names), and what people type for short.
constexpr Alias aliases[] = {
    {"%cpu", "cpu_percent"},
    {"pcpu", "cpu_percent"},
    {"cpu", "cpu_percent"},
    {"c", "cpu_percent"},
    {"%mem", "mem_percent"},
    {"pmem", "mem_percent"},
    {"mem", "rss_bytes"},
    {"rss", "rss_bytes"},
    {"rssize", "rss_bytes"},
    {"rsz", "rss_bytes"},
    {"res", "rss_bytes"},
    {"vsz", "virtual_bytes"},
    {"vsize", "virtual_bytes"},
    {"virt", "virtual_bytes"},
    {"shr", "shared_bytes"},
    {"swap", "swap_bytes"},
    {"pss", "pss_bytes"},
    {"s", "state"},
    {"stat", "state"},
    {"euser", "user"},
    {"uname", "user"},
    {"euid", "uid"},
    {"args", "command"},
    {"cmd", "command"},
    {"ucmd", "comm"},
    {"ucomm", "comm"},
    {"etime", "elapsed_seconds"},
    {"etimes", "elapsed_seconds"},
    {"age", "elapsed_seconds"},
    {"time", "cpu_seconds"},
    {"times", "cpu_seconds"},
    {"cputime", "cpu_seconds"},
    {"cputimes", "cpu_seconds"},
    {"nlwp", "threads"},
    {"thcount", "threads"},
    {"ni", "nice"},
    {"pri", "priority"},
    {"ruser", "user"},
    {"fname", "comm"},
    {"cgname", "cgroup"},
    {"pr", "priority"},
    {"psr", "processor"},
    {"lstart", "start_time"},
    {"start", "start_time"},
    {"bsdstart", "start_time"},
    {"stime", "start_time"},
    {"wchan", "wait"},
    {"tt", "tty"},
    {"tname", "tty"},
    {"sid", "session"},
    {"sess", "session"},
    {"pgid", "process_group"},
    {"pgrp", "process_group"},
    {"min_flt", "minor_faults"},
    {"minflt", "minor_faults"},
    {"maj_flt", "major_faults"},
    {"majflt", "major_faults"},
    {"lwp", "tid"},
    {"spid", "tid"},
    {"tgid", "pid"},
    {"io", "io_bytes_per_second"},
    {"read", "read_bytes_per_second"},
    {"write", "write_bytes_per_second"},
    {"iowait", "io_wait_percent"},
    {"delay", "run_delay_percent"},
    {"gpu", "gpu_busy_percent"},
    {"gpu_percent", "gpu_busy_percent"},
    {"gpumem", "gpu_memory_bytes"},
    {"gpu_memory", "gpu_memory_bytes"},
};

const ProcessColumn* find_column(std::string_view name) {
  name = without_alias(name);
  const std::vector<ProcessColumn>& columns = process_columns();
  const auto found = std::ranges::find(columns, name, &ProcessColumn::name);
  return found == columns.end() ? nullptr : &*found;
}

}  // namespace

std::string_view without_alias(std::string_view name) {
  const auto* const alias = std::ranges::find(aliases, name, &Alias::name);
  return alias != std::end(aliases) ? alias->column : name;
}

Result<std::vector<ProcessColumn>> columns_named(const std::vector<std::string>& names) {
  std::vector<ProcessColumn> chosen;
  for (const std::string& name : names) {
    const ProcessColumn* found = find_column(name);
    if (found == nullptr) {
      std::vector<std::string> known;
      for (const ProcessColumn& column : process_columns()) known.emplace_back(column.name);
      std::vector<std::string> candidates = known;
      for (const Alias& alias : aliases) candidates.emplace_back(alias.name);
      std::string near = suggestion(name, candidates);
      if (near.empty()) near = fmt::format("; there are {}", fmt::join(known, ", "));
      return fail(fmt::format("no column \"{}\"{}", safe_text(name), near), ErrorKind::usage);
    }
    chosen.push_back(*found);
  }
  return chosen;
}

std::vector<ProcessColumn> process_columns_for_programs() {
  std::vector<ProcessColumn> columns = process_columns();
  static constexpr std::string_view asked_for[] = {"gpus", "io_bytes", "io_read_bytes", "io_written_bytes"};
  std::erase_if(columns, [](const ProcessColumn& column) {
    return std::ranges::find(asked_for, column.name) != std::end(asked_for);
  });
  return columns;
}

void add_gpu_columns(std::vector<ProcessColumn>& columns) {
  for (const std::string_view name : {"gpus", "gpu_memory_bytes", "gpu_busy_percent"}) {
    if (std::ranges::find(columns, name, &ProcessColumn::name) != columns.end()) continue;
    columns.insert(columns.empty() ? columns.end() : columns.end() - 1, *find_column(name));
  }
}

}  // namespace vigie::cli
