#include "views/choice.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "base/suggestion.hpp"
#include "base/text.hpp"

namespace vigie::views {

namespace {

struct Alias {
  std::string_view name, column;
};

/// The names of procps (ps(1), STANDARD FORMAT SPECIFIERS; top(1) field names), and the short words that people type.
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

std::string_view text_of(const Cell& cell) {
  if (const auto* view = std::get_if<std::string_view>(&cell)) return *view;
  if (const auto* own = std::get_if<std::string>(&cell)) return *own;
  return {};
}

double number_of(const Cell& cell) {
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) return static_cast<double>(*integer);
  const auto* real = std::get_if<double>(&cell);
  return real != nullptr ? *real : 0.0;
}

}  // namespace

std::string_view without_alias(std::string_view name) {
  const auto* const alias = std::ranges::find(aliases, name, &Alias::name);
  return alias != std::end(aliases) ? alias->column : name;
}

std::unexpected<Error> no_column(std::string_view name, std::string_view what,
                                 const std::vector<std::string_view>& known, bool with_aliases) {
  std::vector<std::string> candidates(known.begin(), known.end());
  for (const Alias& alias : aliases) {
    if (with_aliases) candidates.emplace_back(alias.name);
  }
  std::string near = suggestion(std::string(name), candidates);
  if (near.empty()) near = fmt::format("; there are {}", fmt::join(known, ", "));
  return fail(fmt::format("no column \"{}\"{}{}", safe_text(name), what, near), ErrorKind::usage);
}

bool less(const Cell& a, const Cell& b) {
  const double left = number_of(a), right = number_of(b);
  return left != right ? left < right : text_of(a) < text_of(b);
}

}  // namespace vigie::views
