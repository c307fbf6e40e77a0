// Items about the host: CPU, load, memory, swap, pressure, tasks.
#include <fmt/format.h>

#include <algorithm>

#include "base/units.hpp"
#include "rules/check/item.hpp"

namespace vigie::rules {
namespace {

namespace limit = check_thresholds;

/// Host rates are 100 per CPU; the checklist wants percent of the whole host.
Reading<double> of_all_cpus(const CheckCase& facts, const Reading<double>& percent) {
  if (!percent) return percent.presence();
  if (facts.host().cpus == 0) return Presence::unknown;
  return *percent / facts.host().cpus;
}

/// Pressure of the last ten seconds: the group's own where it is told, else the host's.
Reading<double> pressure(const Reading<Pressure>& host) {
  return host ? Reading<double>(host->some.avg10) : host.presence();
}

unsigned count(const CheckCase& facts, char state) {
  return static_cast<unsigned>(std::ranges::count(facts.frame().snapshot->processes, state, &ProcessSample::state));
}

/// "1234 python3" of the first process in that state, for people who want to look at one.
std::string example(const CheckCase& facts, char state) {
  const auto& processes = facts.frame().snapshot->processes;
  const auto found = std::ranges::find(processes, state, &ProcessSample::state);
  if (found == processes.end()) return {};
  return fmt::format("{} {}, parent {}", found->id.pid, found->comm, found->ppid);
}

/// How many are in that state: of the processes that may be seen. Where others are hidden (hidepid) a few are no
/// answer.
Reading<double> counted(const CheckCase& facts, char state, const limit::Bounds& bounds) {
  const auto seen = static_cast<double>(count(facts, state));
  const bool hidden = std::ranges::any_of(facts.frame().snapshot->sources, [](const SourceStatus& source) {
    return source.name == hidden_processes && source.state == SourceState::denied;
  });
  return hidden && status_of(seen, bounds) == CheckStatus::ok ? Reading<double>(Presence::denied) : seen;
}

}  // namespace

std::optional<CheckItem> check_cpu_busy(const CheckCase& facts) {
  return judged("cpu.busy", of_all_cpus(facts, facts.frame().delta.host.cpu_busy_percent), "%", limit::cpu_busy_percent,
                fmt::format("of {} CPUs", facts.host().cpus), "the processes: vigie ps -a --sort -cpu_percent");
}

std::optional<CheckItem> check_cpu_iowait(const CheckCase& facts) {
  return judged("cpu.iowait", of_all_cpus(facts, facts.frame().delta.host.iowait_percent), "%",
                limit::cpu_iowait_percent, "", "CPUs idle while disks are waited for: vigie why");
}

std::optional<CheckItem> check_load(const CheckCase& facts) {
  const HostSample& host = facts.host();
  CheckItem item{.id = "load", .value = host.load1, .unit = "tasks", .target = {}, .advice = {}};
  if (!host.load1 || facts.cpus() <= 0) {
    return judged("load", host.load1 ? Reading<double>(Presence::unknown) : host.load1, "tasks", limit::load_per_cpu,
                  "", "");
  }
  item.target = fmt::format("<= {:g}", facts.cpus());
  item.status =
      *host.load1 <= facts.cpus() ? CheckStatus::ok : status_of(*host.load1 / facts.cpus(), limit::load_per_cpu);
  item.advice = fmt::format("for {:g} of {} CPUs allowed", facts.cpus(), host.cpus);
  if (item.status == CheckStatus::ok) return item;
  // Load counts waiting for disks, too, and says nothing about how long a task waits; pressure does.
  const bool own = facts.group() && facts.group()->cpu_pressure;
  const Reading<double> waiting = pressure(own ? facts.group()->cpu_pressure : host.cpu_pressure);
  if (waiting && *waiting < limit::cpu_pressure_percent.warning) {
    item.status = CheckStatus::ok;
    item.advice += fmt::format(", but tasks wait for a CPU only {:.0f} % of the time", *waiting);
  } else {
    item.advice += "; fewer workers or threads, or what else runs: vigie ps -a --sort -cpu_percent";
  }
  return item;
}

std::optional<CheckItem> check_cpu_pressure(const CheckCase& facts) {
  return judged("cpu.pressure", pressure(facts.host().cpu_pressure), "%", limit::cpu_pressure_percent,
                "time in which a task waited for a CPU", "fewer workers or threads");
}

std::optional<CheckItem> check_memory_available(const CheckCase& facts) {
  const EffectiveMemory memory = effective_memory(facts.host().memory, facts.group());
  Reading<double> percent = memory.total ? memory.available.presence() : memory.total.presence();
  std::string fact;
  if (memory.total && memory.available && *memory.total > 0) {
    percent = 100.0 * static_cast<double>(*memory.available) / static_cast<double>(*memory.total);
    fact = fmt::format("{} of {}", human_bytes(static_cast<double>(*memory.available)),
                       human_bytes(static_cast<double>(*memory.total)));
    if (memory.limited) {
      fact += fmt::format(" that the control group {} may use", facts.group()->memory.bytes.limit_group);
      if (facts.host().memory && facts.host().memory->available) {
        fact +=
            fmt::format("; the host has {} of {}", human_bytes(static_cast<double>(*facts.host().memory->available)),
                        human_bytes(static_cast<double>(facts.host().memory->total)));
      }
    }
  }
  return judged("memory.available", percent, "%", limit::memory_available_percent, std::move(fact),
                memory.limited ? "smaller batches or fewer workers, or a higher limit"
                               : "the processes: vigie ps -a --sort -rss_bytes");
}

std::optional<CheckItem> check_memory_pressure(const CheckCase& facts) {
  return judged("memory.pressure", pressure(facts.host().memory_pressure), "%", limit::memory_pressure_percent,
                "time in which a task waited for memory", "the processes: vigie ps -a --sort -rss_bytes");
}

std::optional<CheckItem> check_swap_used(const CheckCase& facts) {
  const Reading<Memory>& memory = facts.host().memory;
  if (!memory) return judged("swap.used", memory.presence(), "%", limit::swap_used_percent, "", "");
  if (memory->swap_total == 0) return judged("swap.used", 0.0, "%", limit::swap_used_percent, "no swap", "");
  const auto used = static_cast<double>(memory->swap_total - std::min(memory->swap_free, memory->swap_total));
  return judged("swap.used", 100 * used / static_cast<double>(memory->swap_total), "%", limit::swap_used_percent,
                fmt::format("{} of {}", human_bytes(used), human_bytes(static_cast<double>(memory->swap_total))),
                "more is in use than fits into memory; smaller batches or fewer workers");
}

std::optional<CheckItem> check_io_pressure(const CheckCase& facts) {
  return judged("io.pressure", pressure(facts.host().io_pressure), "%", limit::io_pressure_percent,
                "time in which a task waited for a disk", "the processes: vigie ps -a --sort -read_bytes_per_second");
}

std::optional<CheckItem> check_zombies(const CheckCase& facts) {
  return judged("tasks.zombies", counted(facts, 'Z', limit::zombies), "tasks", limit::zombies, "",
                fmt::format("their parent does not wait for them; one is {}", example(facts, 'Z')));
}

std::optional<CheckItem> check_disk_sleepers(const CheckCase& facts) {
  return judged("tasks.disk", counted(facts, 'D', limit::disk_sleepers), "tasks", limit::disk_sleepers,
                "in uninterruptible sleep (D)",
                fmt::format("a disk or file system is slow or does not answer; one is {}", example(facts, 'D')));
}

}  // namespace vigie::rules
