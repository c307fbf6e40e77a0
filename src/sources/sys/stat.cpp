#include <charconv>

#include "base/clock.hpp"
#include "sources/sys/lines.hpp"
#include "sources/sys/parse.hpp"

namespace vigie::sys {
namespace {

/// Kernels before 2.6.33 have fewer columns: those are then 0.
CpuTicks parse_ticks(Words& words) {
  CpuTicks ticks;
  for (std::uint64_t* field : {&ticks.user, &ticks.nice, &ticks.system, &ticks.idle, &ticks.iowait, &ticks.irq,
                               &ticks.softirq, &ticks.steal, &ticks.guest, &ticks.guest_nice}) {
    *field = words.number();
  }
  return ticks;
}

void parse_cpu_line(std::string_view name, Words& words, EachCpu each, HostSample& host) {
  if (name.size() == 3) {
    host.cpu = parse_ticks(words);
    return;
  }
  ++host.cpus;
  if (each == EachCpu::no) return;
  CpuSample cpu;
  if (std::from_chars(name.data() + 3, name.data() + name.size(), cpu.number).ec != std::errc{}) return;
  cpu.ticks = parse_ticks(words);
  (*host.each_cpu).push_back(cpu);
}

}  // namespace

void parse_stat(std::string_view text, EachCpu each, HostSample& host) {
  host.cpu = Presence::unknown;
  host.cpus = 0;
  if (each == EachCpu::yes) host.each_cpu = std::vector<CpuSample>();
  KernelCounters counters;
  bool counted = false;
  std::string_view line;
  while (take_line(text, line)) {
    Words words(line);
    const std::string_view name = words.next();
    if (name.starts_with("cpu")) {
      parse_cpu_line(name, words, each, host);
    } else if (name == "intr") {
      counters.interrupts = words.number();  // the first is the sum of the thousands that may follow
    } else if (name == "ctxt") {
      counters.context_switches = words.number();
      counted = words.good();
    } else if (name == "btime") {
      const std::uint64_t seconds = words.number();
      if (seconds < 1U << 31U) host.boot_wall_ns = static_cast<std::int64_t>(seconds) * nanoseconds_per_second;
    } else if (name == "processes") {
      counters.forks = words.number();
    } else if (name == "procs_running") {
      counters.runnable = words.number();
    } else if (name == "procs_blocked") {
      counters.blocked = words.number();
    }
  }
  host.kernel_counters = counted ? Reading<KernelCounters>(counters) : Presence::unknown;
}

}  // namespace vigie::sys
