// The columns of every group of `vigie stat`: one table, long because there are many, to be read like one.
#include "views/stat_columns.hpp"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>

#include "base/clock.hpp"
#include "views/stat_gpu.hpp"

namespace vigie::views {

namespace {

using sys::Part;
using sys::Parts;

const HostSample& host(const StatRow& row) {
  return row.frame->snapshot->host;
}

const HostRates& rates(const StatRow& row) {
  return row.frame->delta.host;
}

const CpuShares& cpu(const StatRow& row) {
  return row.index == StatRow::all ? rates(row).cpu : rates(row).each_cpu[row.index];
}

template <Reading<double> HostRates::* rate>
Cell host_rate(const StatRow& row) {
  return cell_of(rates(row).*rate);
}

template <Reading<double> CpuShares::* share>
Cell host_share(const StatRow& row) {
  return cell_of(rates(row).cpu.*share);
}

template <Reading<double> CpuShares::* share>
Cell cpu_share(const StatRow& row) {
  return cell_of(cpu(row).*share);
}

/// Sum of shares; absent as the first absent one.
Cell sum_of(std::initializer_list<Reading<double>> parts) {
  double sum = 0;
  for (const Reading<double>& part : parts) {
    if (!part) return part.presence();
    sum += *part;
  }
  return sum;
}

Cell us_cell(const StatRow& row) {
  const CpuShares& all = rates(row).cpu;
  return sum_of({all.user, all.nice, all.guest});
}

Cell sy_cell(const StatRow& row) {
  const CpuShares& all = rates(row).cpu;
  return sum_of({all.system, all.irq, all.softirq});
}

template <class Number>
Cell memory_cell(const StatRow& row, Number number) {
  const Reading<Memory>& memory = host(row).memory;
  if (!memory) return memory.presence();
  return static_cast<std::int64_t>(number(*memory));
}

Cell available_cell(const StatRow& row) {
  const Reading<Memory>& memory = host(row).memory;
  return memory ? cell_of(memory->available) : Cell(memory.presence());
}

Cell runnable_cell(const StatRow& row) {
  const Reading<KernelCounters>& counters = host(row).kernel_counters;
  if (!counters) return counters.presence();
  // vigie itself was running when the kernel counted.
  return static_cast<std::int64_t>(counters->runnable - std::min<std::uint64_t>(counters->runnable, 1));
}

Cell blocked_cell(const StatRow& row) {
  const Reading<KernelCounters>& counters = host(row).kernel_counters;
  if (!counters) return counters.presence();
  return static_cast<std::int64_t>(counters->blocked);
}

template <PressureShares HostRates::* resource, Reading<double> PressureShares::* share>
Cell pressure_cell(const StatRow& row) {
  return cell_of(rates(row).*resource.*share);
}

/// Sum over the disks that are devices of their own and no partitions.
template <RequestRates DiskRates::* direction>
Cell all_disks_cell(const StatRow& row) {
  const auto& disks = host(row).disks;
  if (!disks) return disks.presence();
  double sum = 0;
  for (std::size_t index = 0; index < disks->size(); ++index) {
    if ((*disks)[index].partition || !is_physical((*disks)[index].kind)) continue;
    sum += (rates(row).disks[index].*direction).bytes_per_second.value_or(0);
  }
  return sum;
}

Cell busiest_disk_cell(const StatRow& row) {
  const auto& disks = host(row).disks;
  if (!disks) return disks.presence();
  Reading<double> most = Presence::unsupported;
  for (const DiskRates& disk : rates(row).disks) {
    if (disk.busy_percent) most = std::max(most.value_or(0), *disk.busy_percent);
  }
  return cell_of(most);
}

/// Sum over the interfaces with a device; where there are none, as in a container, over all but lo.
template <PacketRates InterfaceRates::* direction>
Cell all_interfaces_cell(const StatRow& row) {
  const auto& interfaces = host(row).interfaces;
  if (!interfaces) return interfaces.presence();
  const bool devices = std::ranges::any_of(*interfaces, &InterfaceSample::physical);
  double sum = 0;
  for (std::size_t index = 0; index < interfaces->size(); ++index) {
    const InterfaceSample& interface = (*interfaces)[index];
    if (devices ? !interface.physical : interface.name == "lo") continue;
    sum += (rates(row).interfaces[index].*direction).bytes_per_second.value_or(0);
  }
  return sum;
}

template <RequestRates DiskRates::* direction, Reading<double> RequestRates::* rate>
Cell request_cell(const StatRow& row) {
  return cell_of(rates(row).disks[row.index].*direction.*rate);
}

template <Reading<double> DiskRates::* rate>
Cell disk_cell(const StatRow& row) {
  return cell_of(rates(row).disks[row.index].*rate);
}

const DiskSample& disk(const StatRow& row) {
  return (*host(row).disks)[row.index];
}

template <PacketRates InterfaceRates::* direction, Reading<double> PacketRates::* rate>
Cell packet_cell(const StatRow& row) {
  return cell_of(rates(row).interfaces[row.index].*direction.*rate);
}

Cell cpu_name_cell(const StatRow& row) {
  if (row.index == StatRow::all) return std::string_view("all");
  return std::to_string((*host(row).each_cpu)[row.index].number);
}

constexpr auto whole = StatStyle::whole;
constexpr auto in_ms = StatStyle::milliseconds;

StatColumn free_column() {
  return stat_column("memory_free_bytes",
                     [](const StatRow& row) { return memory_cell(row, [](const Memory& m) { return m.free; }); });
}

StatColumn cache_column() {
  return stat_column("cache_bytes", [](const StatRow& row) {
    return memory_cell(row, [](const Memory& m) { return m.buffers + m.cached + m.slab_reclaimable; });
  });
}

std::vector<StatColumn> swap_columns() {
  return {stat_column("swap_in_bytes_per_second", host_rate<&HostRates::swapped_in_bytes_per_second>),
          stat_column("swap_out_bytes_per_second", host_rate<&HostRates::swapped_out_bytes_per_second>)};
}

std::vector<StatColumn> cpu_columns_for_people() {
  return {stat_column("cpu_us_percent", us_cell, whole), stat_column("cpu_sy_percent", sy_cell, whole),
          stat_column("cpu_idle_percent", host_share<&CpuShares::idle>, whole),
          stat_column("cpu_iowait_percent", host_share<&CpuShares::iowait>, whole),
          stat_column("cpu_steal_percent", host_share<&CpuShares::steal>, whole)};
}

std::vector<StatColumn> joined(std::initializer_list<std::vector<StatColumn>> lists) {
  std::vector<StatColumn> all;
  for (const std::vector<StatColumn>& list : lists) all.insert(all.end(), list.begin(), list.end());
  return all;
}

StatGroup cpu_group() {
  return {"cpu",
          Part::cpu,
          cpu_columns_for_people(),
          {stat_column("cpu_user_percent", host_share<&CpuShares::user>),
           stat_column("cpu_nice_percent", host_share<&CpuShares::nice>),
           stat_column("cpu_system_percent", host_share<&CpuShares::system>),
           stat_column("cpu_irq_percent", host_share<&CpuShares::irq>),
           stat_column("cpu_softirq_percent", host_share<&CpuShares::softirq>),
           stat_column("cpu_iowait_percent", host_share<&CpuShares::iowait>),
           stat_column("cpu_steal_percent", host_share<&CpuShares::steal>),
           stat_column("cpu_guest_percent", host_share<&CpuShares::guest>),
           stat_column("cpu_idle_percent", host_share<&CpuShares::idle>)}};
}

StatGroup memory_group() {
  const std::vector<StatColumn> all = joined(
      {{stat_column("memory_used_bytes",
                    [](const StatRow& row) { return memory_cell(row, [](const Memory& m) { return used_bytes(m); }); }),
        free_column(), stat_column("memory_available_bytes", available_cell), cache_column(),
        stat_column(
            "swap_used_bytes",
            [](const StatRow& row) { return memory_cell(row, [](const Memory& m) { return swap_used_bytes(m); }); })},
       swap_columns()});
  std::vector<StatColumn> programs = all;
  programs.push_back(stat_column("host_major_faults_per_second", host_rate<&HostRates::major_faults_per_second>));
  return {"mem", Parts(Part::memory) | Part::paging, all, programs};
}

StatGroup disk_group() {
  const std::vector<StatColumn> all = {stat_column("disks_read_bytes_per_second", all_disks_cell<&DiskRates::reads>),
                                       stat_column("disks_write_bytes_per_second", all_disks_cell<&DiskRates::writes>),
                                       stat_column("busiest_disk_percent", busiest_disk_cell, whole)};
  return {"disk", Part::disks, all, all};
}

StatGroup net_group() {
  const std::vector<StatColumn> all = {
      stat_column("net_received_bytes_per_second", all_interfaces_cell<&InterfaceRates::received>),
      stat_column("net_sent_bytes_per_second", all_interfaces_cell<&InterfaceRates::sent>)};
  return {"net", Part::interfaces, all, all};
}

StatGroup psi_group() {
  const std::vector<StatColumn> all = {
      stat_column("cpu_some_pressure_percent", pressure_cell<&HostRates::cpu_pressure, &PressureShares::some_percent>,
                  whole),
      stat_column("io_some_pressure_percent", pressure_cell<&HostRates::io_pressure, &PressureShares::some_percent>,
                  whole),
      stat_column("io_full_pressure_percent", pressure_cell<&HostRates::io_pressure, &PressureShares::full_percent>,
                  whole),
      stat_column("memory_some_pressure_percent",
                  pressure_cell<&HostRates::memory_pressure, &PressureShares::some_percent>, whole),
      stat_column("memory_full_pressure_percent",
                  pressure_cell<&HostRates::memory_pressure, &PressureShares::full_percent>, whole)};
  return {"psi", Part::pressure, all, all};
}

StatGroup proc_group() {
  const std::vector<StatColumn> all = {
      stat_column("runnable_threads", runnable_cell), stat_column("blocked_threads", blocked_cell),
      stat_column("forks_per_second", host_rate<&HostRates::forks_per_second>, whole),
      stat_column("interrupts_per_second", host_rate<&HostRates::interrupts_per_second>, whole),
      stat_column("context_switches_per_second", host_rate<&HostRates::context_switches_per_second>, whole)};
  return {"proc", Part::cpu, all, all};
}

std::vector<StatColumn> per_cpu_columns() {
  return {stat_column("cpu", cpu_name_cell),
          stat_column("cpu_user_percent", cpu_share<&CpuShares::user>),
          stat_column("cpu_nice_percent", cpu_share<&CpuShares::nice>),
          stat_column("cpu_system_percent", cpu_share<&CpuShares::system>),
          stat_column("cpu_irq_percent", cpu_share<&CpuShares::irq>),
          stat_column("cpu_softirq_percent", cpu_share<&CpuShares::softirq>),
          stat_column("cpu_iowait_percent", cpu_share<&CpuShares::iowait>),
          stat_column("cpu_steal_percent", cpu_share<&CpuShares::steal>),
          stat_column("cpu_guest_percent", cpu_share<&CpuShares::guest>),
          stat_column("cpu_idle_percent", cpu_share<&CpuShares::idle>)};
}

template <RequestRates DiskRates::* direction>
std::vector<StatColumn> request_columns(std::string_view count, std::string_view bytes, std::string_view await,
                                        std::string_view size) {
  return {stat_column(count, request_cell<direction, &RequestRates::per_second>, whole),
          stat_column(bytes, request_cell<direction, &RequestRates::bytes_per_second>),
          stat_column(await, request_cell<direction, &RequestRates::await_seconds>, in_ms),
          stat_column(size, request_cell<direction, &RequestRates::size_bytes>)};
}

StatColumn disk_name_column() {
  return stat_column("disk", [](const StatRow& row) -> Cell { return std::string_view(disk(row).name); });
}

std::vector<StatColumn> disk_columns(bool people) {
  const std::vector<StatColumn> reads = request_columns<&DiskRates::reads>(
      "reads_per_second", "disk_read_bytes_per_second", "read_await_seconds", "read_size_bytes");
  const std::vector<StatColumn> writes = request_columns<&DiskRates::writes>(
      "writes_per_second", "disk_write_bytes_per_second", "write_await_seconds", "write_size_bytes");
  const std::vector<StatColumn> load = {
      stat_column("queue_length", disk_cell<&DiskRates::queue_length>, StatStyle::hundredths),
      stat_column("disk_busy_percent", disk_cell<&DiskRates::busy_percent>)};
  if (people) return joined({{disk_name_column()}, reads, writes, load});
  const auto yes = [](const StatRow& row) -> Cell { return std::string_view(disk(row).partition ? "yes" : "no"); };
  return joined(
      {{disk_name_column(),
        stat_column("disk_kind", [](const StatRow& row) -> Cell { return name_of(disk(row).kind); }),
        stat_column("partition", yes, StatStyle::as_unit,
                    [](JsonWriter& writer, const StatRow& row) { writer.value(disk(row).partition); })},
       reads,
       {stat_column("reads_merged_per_second", request_cell<&DiskRates::reads, &RequestRates::merged_per_second>)},
       writes,
       {stat_column("writes_merged_per_second", request_cell<&DiskRates::writes, &RequestRates::merged_per_second>),
        stat_column("discards_per_second", request_cell<&DiskRates::discards, &RequestRates::per_second>),
        stat_column("discard_bytes_per_second", request_cell<&DiskRates::discards, &RequestRates::bytes_per_second>),
        stat_column("discard_await_seconds", request_cell<&DiskRates::discards, &RequestRates::await_seconds>),
        stat_column("flushes_per_second", request_cell<&DiskRates::flushes, &RequestRates::per_second>),
        stat_column("flush_await_seconds", request_cell<&DiskRates::flushes, &RequestRates::await_seconds>)},
       load});
}

std::vector<StatColumn> stat_interface_columns() {
  constexpr auto received = &InterfaceRates::received;
  constexpr auto sent = &InterfaceRates::sent;
  return {
      stat_column("interface",
                  [](const StatRow& row) -> Cell { return std::string_view((*host(row).interfaces)[row.index].name); }),
      stat_column("received_bytes_per_second", packet_cell<received, &PacketRates::bytes_per_second>),
      stat_column("sent_bytes_per_second", packet_cell<sent, &PacketRates::bytes_per_second>),
      stat_column("received_packets_per_second", packet_cell<received, &PacketRates::packets_per_second>, whole),
      stat_column("sent_packets_per_second", packet_cell<sent, &PacketRates::packets_per_second>, whole),
      stat_column("receive_errors_per_second", packet_cell<received, &PacketRates::errors_per_second>, whole),
      stat_column("send_errors_per_second", packet_cell<sent, &PacketRates::errors_per_second>, whole),
      stat_column("receive_drops_per_second", packet_cell<received, &PacketRates::drops_per_second>, whole),
      stat_column("send_drops_per_second", packet_cell<sent, &PacketRates::drops_per_second>, whole)};
}

Cell clock_cell(const StatRow& row) {
  const auto seconds = static_cast<time_t>(row.frame->snapshot->before.wall_ns / nanoseconds_per_second);
  struct tm parts{};
  char text[16];
  if (::localtime_r(&seconds, &parts) == nullptr) return Presence::unknown;
  return std::string(text, ::strftime(text, sizeof text, "%H:%M:%S", &parts));
}

Cell time_cell(const StatRow& row) {
  return rfc3339(row.frame->snapshot->before.wall_ns);
}

}  // namespace

const std::vector<StatGroup>& stat_groups() {
  const std::vector<StatColumn>& gpu = stat_all_gpus_columns();
  static const std::vector<StatGroup> groups = {cpu_group(),           memory_group(), disk_group(), net_group(),
                                                {"gpu", {}, gpu, gpu}, psi_group(),    proc_group()};
  return groups;
}

const std::vector<StatGroup>& stat_overview() {
  const auto part = [](std::string_view name, const std::vector<StatColumn>& columns) {
    return StatGroup{name, {}, columns, columns};
  };
  static const std::vector<StatGroup> groups = {
      part("threads", {stat_column("runnable_threads", runnable_cell), stat_column("blocked_threads", blocked_cell)}),
      part("memory", {free_column(), cache_column()}),
      part("swap", swap_columns()),
      part("blocks", {stat_column("paged_in_bytes_per_second", host_rate<&HostRates::paged_in_bytes_per_second>),
                      stat_column("paged_out_bytes_per_second", host_rate<&HostRates::paged_out_bytes_per_second>)}),
      part("system",
           {stat_column("interrupts_per_second", host_rate<&HostRates::interrupts_per_second>, whole),
            stat_column("context_switches_per_second", host_rate<&HostRates::context_switches_per_second>, whole)}),
      part("cpu", cpu_columns_for_people())};
  return groups;
}

namespace {

bool is_idle_loop(const Frame& frame, std::size_t index) {
  const DiskKind kind = (*frame.snapshot->host.disks)[index].kind;
  if (kind != DiskKind::loop && kind != DiskKind::ram) return false;
  const DiskRates& rates = frame.delta.host.disks[index];
  return rates.reads.per_second.value_or(0) + rates.writes.per_second.value_or(0) == 0;
}

}  // namespace

const std::vector<StatColumn>& stat_columns_of(StatRows rows, bool people) {
  static const std::vector<StatColumn> cpus = per_cpu_columns();
  static const std::vector<StatColumn> short_disks = disk_columns(true);
  static const std::vector<StatColumn> disks = disk_columns(false);
  static const std::vector<StatColumn> interfaces = stat_interface_columns();
  if (rows == StatRows::gpus) return stat_gpu_columns(people);
  if (rows == StatRows::cpus) return cpus;
  if (rows == StatRows::disks) return people ? short_disks : disks;
  return interfaces;
}

std::vector<StatRow> stat_rows(const Frame& frame, StatRows rows, bool people) {
  const HostSample& sample = frame.snapshot->host;
  std::size_t count = 1;
  if (rows == StatRows::cpus) count = sample.each_cpu ? sample.each_cpu->size() : 0;
  if (rows == StatRows::disks) count = sample.disks ? sample.disks->size() : 0;
  if (rows == StatRows::gpus) count = frame.snapshot->gpus ? frame.snapshot->gpus->size() : 0;
  if (rows == StatRows::interfaces) count = sample.interfaces ? sample.interfaces->size() : 0;
  std::vector<StatRow> chosen;
  if (rows == StatRows::cpus && people) chosen.push_back({.frame = &frame, .index = StatRow::all});
  for (std::size_t index = 0; index < count; ++index) {
    if (rows == StatRows::disks && people) {
      const DiskSample& one = (*sample.disks)[index];
      if (one.partition || one.reads.done + one.writes.done == 0 || is_idle_loop(frame, index)) continue;
    }
    chosen.push_back({.frame = &frame, .index = index});
  }
  return chosen;
}

namespace {

/// As the column's style says; absent values and text stay as they are.
Cell styled(Cell cell, StatStyle style) {
  const auto* number = std::get_if<double>(&cell);
  if (number == nullptr) return cell;
  switch (style) {
    case StatStyle::as_unit: return cell;
    case StatStyle::whole: return fmt::format("{:.0f}", *number);
    case StatStyle::milliseconds: return fmt::format("{:.2f}ms", *number * 1000);
    case StatStyle::hundredths: return fmt::format("{:.2f}", *number);
  }
  return cell;
}

}  // namespace

StatColumn stat_column(std::string_view name, Cell (*cell)(const StatRow&), StatStyle style,
                       void (*json)(JsonWriter&, const StatRow&)) {
  StatColumn column{.metric = &metric(name), .cell = cell};
  if (json != nullptr) column.json = json;
  if (style != StatStyle::as_unit)
    column.people = [cell, style](const StatRow& row) { return styled(cell(row), style); };
  return column;
}

std::vector<StatColumn> with_time(std::vector<StatColumn> columns, bool people) {
  columns.insert(columns.begin(), {.metric = &metric("time"), .cell = people ? clock_cell : time_cell});
  return people ? for_people(std::move(columns)) : columns;
}

}  // namespace vigie::views
