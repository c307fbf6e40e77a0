#include "tui/gpu_tables.hpp"

#include <span>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "tui/reading_text.hpp"

namespace vigie::tui {
namespace {

using views::GpuClientRow;
using views::GpuRow;

constexpr int wide = 110;

RowKey key_of(const GpuRow& row) {
  return RowKey::of_other("gpu " + row.gpu->pci);
}

RowKey key_of(const GpuClientRow& row) {
  if (row.process != nullptr) return RowKey::of(row.process->id);
  return RowKey::of_other(fmt::format("process {} on {}", row.client->pid, row.gpu->pci));
}

Reading<double> part_of(const Reading<double>& part, const Reading<double>& whole) {
  if (!part) return part.presence();
  if (!whole || !(*whole > 0)) return Presence::unknown;
  return *part / *whole;
}

/// "520/700W"; of a value without a limit "520W"; the reason where there is no value.
std::string pair_text(const Reading<double>& value, const Reading<double>& limit, std::string_view unit) {
  if (!value && !limit) return std::string(absence_text(value.presence()));
  const std::string first = value ? fmt::format("{}{:.0f}", value.presence() == Presence::stale ? "~" : "", *value)
                                  : std::string(absence_text(value.presence()));
  return limit ? fmt::format("{}/{:.0f}{}", first, *limit, unit) : first + std::string(unit);
}

TextCell pair_cell(const Reading<double>& value, const Reading<double>& limit, std::string_view unit,
                   Role role = Role::normal) {
  return {.text = pair_text(value, limit, unit), .role = value ? role : Role::dim};
}

/// A value of `vigie gpu`, as it shows it to people.
TextCell cell_of_look(const GpuRow& row, std::string_view name) {
  return text_cell(*views::find_column(views::gpu_columns(), name), row);
}

TextCell use_cell(const GpuRow& row) {
  const Reading<double> busy = busy_percent_of(*row.gpu, row.rates);
  return {.text = percent_text(busy), .role = busy ? Role::strong : Role::dim, .share = share_of(busy)};
}

TextCell memory_cell(const GpuRow& row) {
  const Reading<double> used = as_double(row.gpu->memory_used_bytes), total = as_double(row.gpu->memory_total_bytes);
  const std::string text =
      !used && !total ? std::string(absence_text(used.presence())) : bytes_text(used) + "/" + bytes_text(total);
  return {.text = text, .role = used ? Role::normal : Role::dim, .share = part_of(used, total)};
}

/// "Xid 79, 3 ECC errors"; "none" where the driver tells of errors and there are none.
TextCell errors_cell(const GpuSample& gpu) {
  std::string text;
  const auto add = [&](const std::string& error) { text += (text.empty() ? "" : ", ") + error; };
  if (gpu.xid) add(fmt::format("Xid {}", *gpu.xid));
  if (const std::uint64_t lost = gpu.ecc_uncorrected.value_or(0); lost > 0)
    add(fmt::format("{} ECC error{}", lost, lost == 1 ? "" : "s"));
  if (gpu.remap_failed.value_or(false)) add("no spare row");
  if (!text.empty()) return {.text = text, .role = Role::bad};
  if (gpu.ecc_uncorrected) return {.text = "none", .role = Role::dim};
  return {.text = std::string(absence_text(gpu.ecc_uncorrected.presence())), .role = Role::dim};
}

TextCell throttle_cell(const GpuRow& row) {
  TextCell cell = cell_of_look(row, "throttle");
  if (row.gpu->throttle.value_or(0) == 0) cell.role = Role::dim;
  if (is_slowed(row.gpu->throttle.value_or(0))) cell.role = Role::bad;
  return cell;
}

/// Where its values come from, or why there are none: "asleep", "no answer for 12 s". Empty: it works.
TextCell state_cell(const GpuSample& gpu) {
  if (gpu.state != GpuState::working)
    return {.text = std::string(name_of(gpu.state)), .role = gpu.state == GpuState::asleep ? Role::dim : Role::bad};
  if (gpu.age_seconds > 0) return {.text = fmt::format("no answer for {:.0f} s", gpu.age_seconds), .role = Role::warn};
  return {};
}

/// Of a narrow terminal: what matters most of its state, errors, slowness and users.
TextCell note_cell(const GpuRow& row) {
  if (const TextCell state = state_cell(*row.gpu); !state.text.empty()) return state;
  if (const TextCell errors = errors_cell(*row.gpu); errors.role == Role::bad) return errors;
  if (row.gpu->throttle.value_or(0) != 0) return throttle_cell(row);
  TextCell users = cell_of_look(row, "gpu_users");
  users.role = users.role == Role::dim ? Role::dim : Role::run;
  return users;
}

std::vector<TextColumn> columns_of_gpus(int columns) {
  const int bar = columns >= 160 ? 16 : columns >= wide ? 8 : 5;
  std::vector<TextColumn> all{{.title = "GPU", .least = 3, .right = true},
                              {.title = "NAME", .most = 14, .spare = 3},
                              {.title = "USE", .least = 4, .right = true, .bar = bar},
                              {.title = "SM%", .least = 5, .right = true, .spare = 4},
                              {.title = "CLOCK", .least = 5, .right = true, .spare = 2},
                              {.title = "MEMORY", .least = 11, .right = true, .bar = bar},
                              {.title = "POWER", .least = 8, .right = true},
                              {.title = "HEAT", .least = 6, .right = true}};
  if (columns >= wide) {
    all.push_back({.title = "SLOWED BY", .least = 9, .most = 24});
    all.push_back({.title = "ERRORS", .least = 6, .most = 22});
    all.push_back({.title = "USED BY", .least = 9});
  } else {
    all.push_back({.title = "NOTE", .least = 12});
  }
  return all;
}

std::vector<TextCell> cells_of_gpu(const GpuRow& row, int columns) {
  const GpuSample& gpu = *row.gpu;
  std::vector<TextCell> cells{
      {.text = number_of(gpu), .role = Role::title},
      cell_of_look(row, "gpu_name"),
      use_cell(row),
      cell_of_look(row, "sm_active_percent"),
      cell_of_look(row, "sm_clock_hertz"),
      memory_cell(row),
      pair_cell(gpu.power_watts, gpu.power_limit_watts, "W"),
      pair_cell(gpu.temperature_celsius, gpu.slowdown_celsius, "C", cell_of_look(row, "temperature_celsius").role)};
  if (columns < wide) {
    cells.push_back(note_cell(row));
    return cells;
  }
  const TextCell state = state_cell(gpu);
  cells.push_back(state.text.empty() ? throttle_cell(row) : state);
  cells.push_back(errors_cell(gpu));
  TextCell users = cell_of_look(row, "gpu_users");
  if (users.role != Role::dim) users.role = Role::run;
  cells.push_back(std::move(users));
  return cells;
}

}  // namespace

TextTable table_of_gpus(const std::vector<GpuRow>& rows, int columns) {
  TextTable table{.columns = columns_of_gpus(columns)};
  for (const GpuRow& row : rows) {
    table.rows.push_back(cells_of_gpu(row, columns));
    table.keys.push_back(key_of(row));
  }
  return table;
}

TextTable table_of_clients(const std::vector<GpuClientRow>& rows) {
  TextTable table = text_table(views::gpu_client_columns_for_people(rows), std::span<const GpuClientRow>(rows));
  for (const GpuClientRow& row : rows) table.keys.push_back(key_of(row));
  return table;
}

}  // namespace vigie::tui
