// Items about devices: disks, swap traffic, file systems, temperatures, interfaces.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/units.hpp"
#include "rules/check/item.hpp"
#include "rules/facts/shared.hpp"

namespace vigie::rules {
namespace {

namespace limit = check_thresholds;

constexpr double mebibyte = 1 << 20;

Reading<double> sum(std::initializer_list<Reading<double>> parts) {
  double total = 0;
  for (const Reading<double>& part : parts) {
    if (!part) return part.presence();
    total += *part;
  }
  return total;
}

/// Why a whole disk could not be judged; unsupported when there is none.
Presence absent_disks(const CheckCase& facts) {
  const auto& disks = facts.host().disks;
  const std::vector<DiskRates>& rates = facts.frame().delta.host.disks;
  if (!disks) return disks.presence();
  for (std::size_t index = 0; index < disks->size(); ++index) {
    if (!is_judged((*disks)[index])) continue;
    if (index >= rates.size()) return Presence::first_sight;
    if (!rates[index].busy_percent) return rates[index].busy_percent.presence();
  }
  return Presence::unsupported;
}

std::optional<CheckItem> space(const CheckCase& facts, std::string_view id, std::string_view path,
                               const limit::Bounds& bounds, std::string_view advice) {
  if (path.empty()) return std::nullopt;
  if (!facts.host().mounts) return judged(id, facts.host().mounts.presence(), "%", bounds, "", "");
  // vigie writes the logs: its own mounts count, not those that the subject sees.
  const MountSample* const mount = id == "space.state" ? mount_of(facts.host(), path) : facts.mount_of(path);
  if (mount == nullptr) return judged(id, Presence::unsupported, "%", bounds, "", "");
  if (!mount->use) return judged(id, mount->use.presence(), "%", bounds, "", "");
  const MountUse& use = *mount->use;
  const Room room = room_of(use);
  std::string fact = fmt::format("{} left on {}", human_bytes(static_cast<double>(use.available_bytes)), mount->path);
  if (room.of_files) fact = fmt::format("{} files more fit on {}", use.files_free, mount->path);
  return judged(id, room.used_percent, "%", bounds, std::move(fact), std::string(advice));
}

/// The chips of a CPU and of disks measure their device; a board's chip has pins, and many are connected to nothing.
bool is_of_a_device(const SensorSample& sensor) {
  constexpr std::string_view chips[] = {"coretemp", "k10temp", "k8temp",  "zenpower",  "cpu_thermal", "soc_thermal",
                                        "nvme",     "amdgpu",  "nouveau", "drivetemp", "x86_pkg_temp"};
  return std::ranges::any_of(chips, [&](std::string_view chip) { return sensor.chip.starts_with(chip); });
}

/// The temperature at which a sensor's device is in danger, where that can be told; a pin that floats shows the end of
/// its range, and limits of 0 or 255 were never set.
std::optional<double> critical_celsius(const SensorSample& sensor) {
  constexpr double coldest = -40, hottest = 150, hottest_of_a_pin = 120, least_limit = 20;
  const bool of_a_device = is_of_a_device(sensor);
  if (sensor.value <= coldest || sensor.value >= (of_a_device ? hottest : hottest_of_a_pin)) return std::nullopt;
  if (sensor.critical && *sensor.critical >= least_limit && *sensor.critical <= hottest) return *sensor.critical;
  return of_a_device ? std::optional<double>(limit::usual_critical_celsius) : std::nullopt;
}

}  // namespace

std::optional<CheckItem> check_cpu_system(const CheckCase& facts) {
  const CpuShares& cpu = facts.frame().delta.host.cpu;
  return judged("cpu.system", sum({cpu.system, cpu.irq, cpu.softirq}), "%", limit::cpu_system_percent,
                "time in the kernel", "many system calls or interrupts: vigie syscalls TARGET");
}

std::optional<CheckItem> check_swap_traffic(const CheckCase& facts) {
  const HostRates& rates = facts.frame().delta.host;
  Reading<double> traffic = sum({rates.swapped_in_bytes_per_second, rates.swapped_out_bytes_per_second});
  if (traffic) *traffic /= mebibyte;
  return judged("swap.traffic", traffic, "MiB/s", limit::swap_traffic, "",
                "memory is short now: smaller batches or fewer workers");
}

std::optional<CheckItem> check_oom_kills(const CheckCase& facts) {
  const Reading<Paging>& paging = facts.host().paging;
  const Reading<std::uint64_t> kills = paging ? paging->oom_kills : Reading<std::uint64_t>(paging.presence());
  return judged("memory.oom_kills", kills ? Reading<double>(static_cast<double>(*kills)) : kills.presence(), "tasks",
                limit::oom_kills, "since boot", "killed for lack of memory; which processes, and when: dmesg");
}

std::optional<CheckItem> check_disk_busy(const CheckCase& facts) {
  const auto& disks = facts.host().disks;
  const std::vector<DiskRates>& rates = facts.frame().delta.host.disks;
  Reading<double> most = absent_disks(facts);
  std::string fact;
  for (std::size_t index = 0; disks && index < std::min(disks->size(), rates.size()); ++index) {
    const DiskSample& disk = (*disks)[index];
    const Reading<double>& busy = rates[index].busy_percent;
    if (!is_judged(disk) || !busy || (most && *most >= *busy)) continue;
    most = busy;
    fact = fmt::format("{} ({}), the busiest", disk.name, name_of(disk.kind));
  }
  return judged("disk.busy", most, "%", limit::disk_busy_percent, std::move(fact),
                "the processes: vigie stat disk 1 --top");
}

std::optional<CheckItem> check_disk_await(const CheckCase& facts) {
  const auto& disks = facts.host().disks;
  const std::vector<DiskRates>& rates = facts.frame().delta.host.disks;
  // Each kind of disk has bounds of its own: the one furthest beyond its own is shown.
  double worst = -1;
  CheckItem item = judged("disk.await", absent_disks(facts), "ms", limit::await_hdd_milliseconds, "", "");
  for (std::size_t index = 0; disks && index < std::min(disks->size(), rates.size()); ++index) {
    const DiskSample& disk = (*disks)[index];
    if (!is_judged(disk) || !rates[index].busy_percent) continue;
    const limit::Bounds bounds = await_bounds(disk.kind);
    const Reading<double> await = await_milliseconds(rates[index]);
    const double excess = await.value_or(0) / bounds.warning;
    if (excess <= worst) continue;
    worst = excess;
    item = judged("disk.await", await.value_or(0), "ms", bounds,
                  await ? fmt::format("of a request to {} ({})", disk.name, name_of(disk.kind)) : "no requests",
                  "more is asked of it than it can do: the processes: vigie stat disk 1 --top");
  }
  return item;
}

std::optional<CheckItem> check_space_cwd(const CheckCase& facts) {
  return space(facts, "space.cwd", facts.places().cwd, limit::space_percent, "checkpoints will fail when it is full");
}

std::optional<CheckItem> check_space_state(const CheckCase& facts) {
  return space(facts, "space.state", facts.places().state, limit::space_percent,
               "logs of runs will have gaps: vigie rm");
}

std::optional<CheckItem> check_space_tmp(const CheckCase& facts) {
  return space(facts, "space.tmp", "/tmp", limit::space_percent, "programs that need scratch space will fail");
}

std::optional<CheckItem> check_space_shm(const CheckCase& facts) {
  return space(facts, "space.shm", "/dev/shm", limit::shm_percent,
               "loader workers die with a bus error when it is full: fewer workers, or a larger --shm-size");
}

std::optional<CheckItem> check_temperature(const CheckCase& facts) {
  const auto& sensors = facts.host().sensors;
  CheckItem item = judged("temperature", sensors ? Presence::unsupported : sensors.presence(), "C",
                          {.warning = limit::usual_critical_celsius - limit::warm_celsius}, "", "");
  if (!sensors) return item;
  double least_room = std::numeric_limits<double>::infinity();
  for (const SensorSample& sensor : *sensors) {
    if (sensor.kind != SensorKind::temperature) continue;
    const std::optional<double> critical = critical_celsius(sensor);
    if (!critical || *critical - sensor.value >= least_room) continue;
    least_room = *critical - sensor.value;
    item = judged("temperature", sensor.value, "C", {.warning = *critical - limit::warm_celsius, .critical = *critical},
                  fmt::format("{} {}, the nearest to its {:g} C", sensor.chip, sensor.label, *critical),
                  "it slows down to save itself: look at fans and air flow");
  }
  return item;
}

std::optional<CheckItem> check_network(const CheckCase& facts) {
  const auto& interfaces = facts.host().interfaces;
  const std::vector<InterfaceRates>& rates = facts.frame().delta.host.interfaces;
  Reading<double> lost = interfaces ? Presence::unsupported : interfaces.presence();
  std::string fact;
  double most = 0;
  for (std::size_t index = 0; interfaces && index < std::min(interfaces->size(), rates.size()); ++index) {
    if (!(*interfaces)[index].physical) continue;
    const InterfaceRates& one = rates[index];
    const Reading<double> bad = sum({one.received.errors_per_second, one.received.drops_per_second,
                                     one.sent.errors_per_second, one.sent.drops_per_second});
    if (!bad && !lost) lost = bad;
    if (!bad) continue;
    lost = lost.value_or(0) + *bad;
    if (*bad <= most) continue;
    most = *bad;
    fact = fmt::format("most on {}", (*interfaces)[index].name);
  }
  if (lost && fact.empty()) fact = "packets with errors or dropped";
  return judged("network.lost", lost, "/s", limit::packets_lost, std::move(fact),
                "ranks wait for packets sent again: cable, ring buffers (ethtool -S)");
}

}  // namespace vigie::rules
