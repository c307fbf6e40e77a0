#include "views/gpu_columns.hpp"

#include <algorithm>
#include <set>
#include <string>

#include <fmt/format.h>

#include "views/process_columns.hpp"

namespace vigie::views {
namespace {

template <auto part>
Cell of_gpu(const GpuRow& row) {
  return cell_of(row.gpu->*part);
}

template <auto part>
Cell of_rates(const GpuRow& row) {
  return row.rates != nullptr ? cell_of(row.rates->*part) : Cell(Presence::first_sight);
}

Cell recovery_cell(const GpuRow& row) {
  const Reading<GpuRecovery>& action = row.gpu->recovery;
  return action ? Cell(name_of(*action)) : Cell(action.presence());
}

template <auto part>
Cell text_of(const GpuRow& row) {
  const std::string& text = row.gpu->*part;
  return text.empty() ? Cell(Presence::unsupported) : Cell(std::string_view(text));
}

/// For people: without the prefix that every card of a maker has.
Cell short_name(const GpuRow& row) {
  std::string_view name = row.gpu->name;
  for (const std::string_view prefix : {"NVIDIA ", "AMD ", "GeForce "}) {
    if (name.starts_with(prefix) && name != "AMD GPU") name.remove_prefix(prefix.size());
  }
  return name.empty() ? Cell(Presence::unknown) : Cell(name);
}

Cell state_cell(const GpuRow& row) {
  const bool stale = row.gpu->state == GpuState::working && row.gpu->age_seconds > 0;
  return stale ? std::string_view("stale") : name_of(row.gpu->state);
}

Cell throttle_cell(const GpuRow& row) {
  if (!row.gpu->throttle) return row.gpu->throttle.presence();
  std::string text = describe_throttle(*row.gpu->throttle);
  return text.empty() ? Cell(std::string_view("no")) : Cell(std::move(text));
}

Cell shared_cell(const GpuRow& row) {
  return std::string_view(row.gpu->shared_memory ? "yes" : "no");
}

Cell xids_cell(const GpuRow& row) {
  if (!row.gpu->xids) return row.gpu->xids.presence();
  return fmt::format("{}", fmt::join(*row.gpu->xids, ", "));
}

void xids_json(JsonWriter& writer, const GpuRow& row) {
  writer.begin_array();
  for (const unsigned xid : row.gpu->xids.value_or({})) writer.value(std::uint64_t{xid});
  writer.end_array();
}

template <auto part>
Cell truth_of(const GpuRow& row) {
  const Reading<bool>& truth = row.gpu->*part;
  return truth ? Cell(std::string_view(*truth ? "yes" : "no")) : Cell(truth.presence());
}

template <auto part>
void truth_json(JsonWriter& writer, const GpuRow& row) {
  const Reading<bool>& truth = row.gpu->*part;
  if (truth) {
    writer.value(*truth);
  } else {
    writer.null();
  }
}

Cell instances_cell(const GpuRow& row) {
  if (row.gpu->instances.empty()) return Presence::unsupported;
  std::string text;
  for (const GpuInstance& one : row.gpu->instances)
    text += fmt::format("{}{}:{}", text.empty() ? "" : ", ", one.number, one.name);
  return text;
}

void instances_json(JsonWriter& writer, const GpuRow& row) {
  writer.begin_array();
  for (const GpuInstance& one : row.gpu->instances) {
    writer.begin_object();
    writer.member("gpu_instance", one.number);
    writer.member("gpu_uuid", one.uuid);
    writer.member("gpu_name", one.name);
    writer.member("gpu_memory_used_bytes", one.memory_used_bytes);
    writer.member("gpu_memory_total_bytes", one.memory_total_bytes);
    writer.member("sm_active_percent", one.sm_active_percent);
    writer.end_object();
  }
  writer.end_array();
}

Cell processes_cell(const GpuRow& row) {
  if (!row.gpu->clients) return row.gpu->clients.presence();
  return static_cast<std::int64_t>(row.gpu->clients->size());
}

/// Runs by name, other processes by theirs; each once.
Cell users_cell(const GpuRow& row) {
  if (!row.gpu->clients) return row.gpu->clients.presence();
  std::vector<std::string> users;
  for (const GpuClient& client : *row.gpu->clients) {
    const ProcessSample* const process = row.frame->snapshot->find_pid(client.pid);
    const Run* const run = run_of(*row.frame, process);
    std::string name = run != nullptr       ? run->name
                       : process != nullptr ? fmt::format("{} ({})", process->comm, client.pid)
                                            : fmt::format("process {}", client.pid);
    if (std::ranges::find(users, name) == users.end()) users.push_back(std::move(name));
  }
  return fmt::format("{}", fmt::join(users, ", "));
}

/// Hot is within 5 degrees of slowing down; without a limit of its own nothing is known.
Paint temperature_paint(const GpuRow& row) {
  if (!row.gpu->temperature_celsius || !row.gpu->slowdown_celsius) return Paint::none;
  return *row.gpu->temperature_celsius >= *row.gpu->slowdown_celsius - 5 ? Paint::bad : Paint::none;
}

Paint throttle_paint(const GpuRow& row) {
  return row.gpu->throttle.value_or(0) == 0 ? Paint::none : Paint::notable;
}

Cell client_memory(const GpuClientRow& row) {
  return cell_of(row.client->memory_bytes);
}

}  // namespace

std::vector<GpuRow> gpu_rows(const Frame& frame) {
  std::vector<GpuRow> rows;
  if (!frame.snapshot->gpus) return rows;
  const std::vector<GpuSample>& gpus = *frame.snapshot->gpus;
  for (std::size_t at = 0; at < gpus.size(); ++at) {
    const std::vector<GpuRates>& rates = frame.delta.gpu.gpus;
    rows.push_back({&frame, &gpus[at], at < rates.size() ? &rates[at] : nullptr});
  }
  return rows;
}

std::vector<GpuClientRow> gpu_client_rows(const Frame& frame) {
  std::vector<GpuClientRow> rows;
  for (const GpuRow& gpu : gpu_rows(frame)) {
    if (!gpu.gpu->clients) continue;
    const std::size_t first = rows.size();
    for (std::size_t at = 0; at < gpu.gpu->clients->size(); ++at) {
      GpuClientRow row{.frame = &frame, .gpu = gpu.gpu, .client = &(*gpu.gpu->clients)[at]};
      row.busy_percent = gpu.rates != nullptr && at < gpu.rates->client_busy_percent.size()
                             ? gpu.rates->client_busy_percent[at]
                             : row.client->busy_percent;
      row.process = frame.snapshot->find_pid(row.client->pid);
      if (row.process != nullptr) {
        const auto index = static_cast<std::size_t>(row.process - frame.snapshot->processes.data());
        const ProcessRow process{.frame = &frame, .index = index, .folded = {}, .branch = {}};
        row.run = process.run();
        row.member = process.member();
      }
      rows.push_back(row);
    }
    std::stable_sort(rows.begin() + static_cast<std::ptrdiff_t>(first), rows.end(),
                     [](const GpuClientRow& a, const GpuClientRow& b) {
                       return a.client->memory_bytes.value_or(0) > b.client->memory_bytes.value_or(0);
                     });
  }
  return rows;
}

const std::vector<Column<GpuRow>>& gpu_columns() {
  using Row = GpuRow;
  using Gpu = GpuSample;
  using Rates = GpuRates;
  static const std::vector<Column<Row>> all = {
      column<Row>("gpu", [](const Row& row) -> Cell { return std::int64_t{row.gpu->index}; }),
      {.metric = &metric("gpu_name"), .cell = text_of<&Gpu::name>, .people = short_name},
      column<Row>("gpu_vendor", [](const Row& row) -> Cell { return name_of(row.gpu->vendor); }),
      column<Row>("gpu_uuid", text_of<&Gpu::uuid>),
      column<Row>("pci_address", text_of<&Gpu::pci>),
      column<Row>("gpu_driver", text_of<&Gpu::driver>),
      column<Row>("gpu_state", state_cell),
      column<Row>("gpu_percent", [](const Row& row) { return cell_of(busy_percent_of(*row.gpu, row.rates)); }),
      column<Row>("gpu_memory_percent", of_gpu<&Gpu::memory_busy_percent>),
      column<Row>("sm_active_percent", of_gpu<&Gpu::sm_active_percent>),
      column<Row>("sm_occupancy_percent", of_gpu<&Gpu::sm_occupancy_percent>),
      column<Row>("tensor_active_percent", of_gpu<&Gpu::tensor_active_percent>),
      column<Row>("dram_active_percent", of_gpu<&Gpu::dram_active_percent>),
      column<Row>("gpu_memory_used_bytes", of_gpu<&Gpu::memory_used_bytes>),
      column<Row>("gpu_memory_total_bytes", of_gpu<&Gpu::memory_total_bytes>),
      column<Row>("gpu_memory_reserved_bytes", of_gpu<&Gpu::memory_reserved_bytes>),
      column<Row>("gpu_memory_shared", shared_cell,
                  [](JsonWriter& writer, const Row& row) { writer.value(row.gpu->shared_memory); }),
      {.metric = &metric("temperature_celsius"), .cell = of_gpu<&Gpu::temperature_celsius>, .paint = temperature_paint},
      column<Row>("memory_temperature_celsius", of_gpu<&Gpu::memory_temperature_celsius>),
      column<Row>("slowdown_celsius", of_gpu<&Gpu::slowdown_celsius>),
      column<Row>("fan_percent", of_gpu<&Gpu::fan_percent>),
      column<Row>("power_watts", of_gpu<&Gpu::power_watts>),
      column<Row>("mean_power_watts", of_rates<&Rates::power_watts>),
      column<Row>("power_limit_watts", of_gpu<&Gpu::power_limit_watts>),
      column<Row>("power_default_watts", of_gpu<&Gpu::power_default_watts>),
      column<Row>("energy_joules", of_gpu<&Gpu::energy_joules>),
      column<Row>("sm_clock_hertz", of_gpu<&Gpu::sm_clock_hertz>),
      column<Row>("sm_clock_max_hertz", of_gpu<&Gpu::sm_clock_max_hertz>),
      column<Row>("memory_clock_hertz", of_gpu<&Gpu::memory_clock_hertz>),
      column<Row>("memory_clock_max_hertz", of_gpu<&Gpu::memory_clock_max_hertz>),
      {.metric = &metric("throttle"), .cell = throttle_cell, .paint = throttle_paint},
      column<Row>("throttle_power_percent", of_rates<&Rates::throttle_power_percent>),
      column<Row>("throttle_thermal_percent", of_rates<&Rates::throttle_thermal_percent>),
      column<Row>("pcie_sent_bytes_per_second", of_rates<&Rates::pcie_sent_bytes_per_second>),
      column<Row>("pcie_received_bytes_per_second", of_rates<&Rates::pcie_received_bytes_per_second>),
      column<Row>("pcie_generation", of_gpu<&Gpu::pcie_generation>),
      column<Row>("pcie_generation_max", of_gpu<&Gpu::pcie_generation_max>),
      column<Row>("pcie_width", of_gpu<&Gpu::pcie_width>),
      column<Row>("pcie_width_max", of_gpu<&Gpu::pcie_width_max>),
      column<Row>("nvlink_sent_bytes_per_second", of_rates<&Rates::nvlink_sent_bytes_per_second>),
      column<Row>("nvlink_received_bytes_per_second", of_rates<&Rates::nvlink_received_bytes_per_second>),
      column<Row>("ecc_corrected", of_gpu<&Gpu::ecc_corrected>),
      column<Row>("ecc_uncorrected", of_gpu<&Gpu::ecc_uncorrected>),
      column<Row>("remapped_rows", of_gpu<&Gpu::remapped_rows>),
      column<Row>("remap_pending", truth_of<&Gpu::remap_pending>, truth_json<&Gpu::remap_pending>),
      column<Row>("remap_failed", truth_of<&Gpu::remap_failed>, truth_json<&Gpu::remap_failed>),
      column<Row>("xid", of_gpu<&Gpu::xid>),
      column<Row>("xids", xids_cell, xids_json),
      column<Row>("recovery_action", recovery_cell),
      column<Row>("mig", truth_of<&Gpu::mig>, truth_json<&Gpu::mig>),
      column<Row>("mig_instances", instances_cell, instances_json),
      column<Row>("gpu_processes", processes_cell),
      column<Row>("gpu_users", users_cell),
  };
  return all;
}

const std::vector<Column<GpuClientRow>>& gpu_client_columns() {
  using Row = GpuClientRow;
  static const std::vector<Column<Row>> all = {
      column<Row>("gpu", [](const Row& row) -> Cell { return std::int64_t{row.gpu->index}; }),
      column<Row>("gpu_vendor", [](const Row& row) -> Cell { return name_of(row.gpu->vendor); }),
      column<Row>("gpu_uuid",
                  [](const Row& row) -> Cell {
                    return row.gpu->uuid.empty() ? Cell(Presence::unsupported) : Cell(std::string_view(row.gpu->uuid));
                  }),
      column<Row>("pid", [](const Row& row) -> Cell { return std::int64_t{row.client->pid}; }),
      column<Row>("run",
                  [](const Row& row) {
                    return row.run != nullptr ? Cell(std::string_view(row.run->name)) : Cell(Presence::unsupported);
                  }),
      column<Row>("role",
                  [](const Row& row) -> Cell {
                    if (row.member == nullptr) return Presence::unsupported;
                    std::string role = describe(*row.member);
                    return role.empty() ? Cell(Presence::unknown) : Cell(std::move(role));
                  }),
      column<Row>("user",
                  [](const Row& row) -> Cell {
                    if (row.process == nullptr || !row.process->uid) return Presence::unknown;
                    return user_name(*row.frame->snapshot, *row.process->uid);
                  }),
      column<Row>("gpu_memory_bytes", client_memory),
      column<Row>("gpu_busy_percent", [](const Row& row) { return cell_of(row.busy_percent); }),
      column<Row>("gpu_memory_busy_percent", [](const Row& row) { return cell_of(row.client->memory_busy_percent); }),
      column<Row>("gpu_work", [](const Row& row) -> Cell { return name_of(row.client->work); }),
      column<Row>("gpu_instance",
                  [](const Row& row) -> Cell {
                    return row.client->instance < 0 ? Cell(Presence::unsupported)
                                                    : Cell(std::int64_t{row.client->instance});
                  }),
      column<Row>("command",
                  [](const Row& row) -> Cell {
                    return row.process != nullptr ? Cell(command_text(*row.process)) : Cell(Presence::unknown);
                  }),
  };
  return all;
}

namespace {

/// Whether the numbers of GPUs need their vendor beside them.
template <class Row>
bool mixed(const std::vector<Row>& rows) {
  return std::ranges::any_of(rows, [&](const Row& row) { return row.gpu->vendor != rows.front().gpu->vendor; });
}

template <class Row>
bool any_row_knows(const Column<Row>& column, const std::vector<Row>& rows) {
  return std::ranges::any_of(rows, [&](const Row& row) { return !std::holds_alternative<Presence>(column.cell(row)); });
}

/// The columns of these names; those of `when_known` only where some row has a value.
template <class Row>
std::vector<Column<Row>> chosen_of(const std::vector<Column<Row>>& all, std::span<const std::string_view> names,
                                   const std::set<std::string_view>& when_known, const std::vector<Row>& rows) {
  std::vector<Column<Row>> columns = chosen(all, names);
  std::erase_if(columns,
                [&](const Column<Row>& one) { return when_known.contains(one.name()) && !any_row_knows(one, rows); });
  return columns;
}

}  // namespace

std::vector<Column<GpuRow>> gpu_columns_for_people(const std::vector<GpuRow>& rows, std::size_t width) {
  constexpr std::size_t wide = 110;
  std::vector<std::string_view> names = {"gpu"};
  if (mixed(rows)) names.emplace_back("gpu_vendor");
  names.insert(names.end(), {"gpu_name", "gpu_percent", "sm_active_percent"});
  if (width == 0 || width >= wide) names.insert(names.end(), {"tensor_active_percent", "dram_active_percent"});
  names.insert(names.end(), {"gpu_memory_used_bytes", "gpu_memory_total_bytes", "temperature_celsius", "power_watts",
                             "power_limit_watts"});
  if (width == 0 || width >= wide) names.insert(names.end(), {"sm_clock_hertz", "throttle"});
  names.emplace_back("gpu_users");
  std::vector<Column<GpuRow>> columns = chosen_of(gpu_columns(), std::span<const std::string_view>(names),
                                                  {"sm_active_percent", "tensor_active_percent", "dram_active_percent",
                                                   "throttle", "sm_clock_hertz", "power_limit_watts"},
                                                  rows);
  return for_people(std::move(columns));
}

std::vector<Column<GpuClientRow>> gpu_client_columns_for_people(const std::vector<GpuClientRow>& rows) {
  std::vector<std::string_view> names = {"gpu"};
  if (mixed(rows)) names.emplace_back("gpu_vendor");
  names.insert(names.end(), {"gpu_instance", "pid", "run", "role", "user", "gpu_memory_bytes", "gpu_busy_percent",
                             "gpu_work", "command"});
  return chosen_of(gpu_client_columns(), std::span<const std::string_view>(names), {"gpu_instance", "run", "role"},
                   rows);
}

}  // namespace vigie::views
