// The GPUs: a line each, what is wrong with them in words, their use over time, and the processes on them.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"
#include "tui/parts.hpp"
#include "tui/prose.hpp"
#include "tui/reading_text.hpp"
#include "tui/screen_view.hpp"
#include "tui/text_table.hpp"
#include "views/gpu_columns.hpp"
#include "views/gpu_notes.hpp"
#include "views/no_gpus.hpp"

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

TextTable table_of_gpus(const std::vector<GpuRow>& rows, int columns) {
  TextTable table{.columns = columns_of_gpus(columns)};
  for (const GpuRow& row : rows) {
    table.rows.push_back(cells_of_gpu(row, columns));
    table.keys.push_back(key_of(row));
  }
  return table;
}

TextTable table_of_clients(const std::vector<GpuClientRow>& rows, const ViewState& state) {
  TextTable table = text_table(views::gpu_client_columns_for_people(rows), std::span<const GpuClientRow>(rows));
  for (const GpuClientRow& row : rows) table.keys.push_back(key_of(row));
  keep_rows_with(table, state.filter);
  return table;
}

/// How the graphs of so many GPUs stand.
struct Arrangement {
  int beside = 1, below = 1, width = 1, height = 1;
};

constexpr int gap_of_graphs = 2, least_graph_rows = 3, most_graph_rows = 8;

/// In as few rows of graphs as leave each a fair width; where there are too many GPUs for the room, the last are left
/// out.
Arrangement arranged(int count, int rows, int columns) {
  constexpr int fair_columns = 24, least_columns = 8;
  const int most_beside = std::max(1, (columns + gap_of_graphs) / (least_columns + gap_of_graphs));
  const int most_below = std::clamp(rows / least_graph_rows, 1, count);
  Arrangement best;
  for (int below = 1; below <= most_below; ++below) {
    best.below = below;
    best.beside = std::min((count + below - 1) / below, most_beside);
    best.width = (columns - gap_of_graphs * (best.beside - 1)) / best.beside;
    if (best.width >= fair_columns && best.beside * below >= count) break;
  }
  best.height = std::min(rows / best.below, most_graph_rows);
  return best;
}

void draw_one_course(Grid& grid, Rect where, const GpuRow& gpu, const Window& window, const ViewState& state) {
  const Series use =
      window.series_of([&](const Moment& moment) { return moment.gpu(gpu.gpu->pci); }, &GpuMoment::busy_percent);
  constexpr int room_for_words = 14;
  const std::string number = number_of(*gpu.gpu);
  const int end = grid.put(where.row, where.column, where.columns < room_for_words ? number : "GPU " + number,
                           Role::title, where.columns);
  grid.put_cut(where.row, end + 1, percent_text(busy_percent_of(*gpu.gpu, gpu.rates)),
               where.column + where.columns - end - 1, Role::strong);
  draw_graph(grid, {.row = where.row + 1, .column = where.column, .rows = where.rows - 1, .columns = where.columns},
             use, {.symbols = state.symbols, .first = window.first});
}

/// Their use over time.
void draw_courses(Grid& grid, Rect where, const std::vector<GpuRow>& rows, const Window& window,
                  const ViewState& state) {
  if (where.rows < least_graph_rows || rows.empty()) return;
  const int count = static_cast<int>(rows.size());
  const Arrangement how = arranged(count, where.rows, where.columns);
  for (int at = 0; at < std::min(count, how.beside * how.below); ++at) {
    draw_one_course(grid,
                    {.row = where.row + at / how.beside * how.height,
                     .column = where.column + at % how.beside * (how.width + gap_of_graphs),
                     .rows = how.height,
                     .columns = how.width},
                    rows[static_cast<std::size_t>(at)], window, state);
  }
}

int rows_of_courses(std::size_t gpus) {
  return gpus > 2 ? 2 * most_graph_rows : most_graph_rows;
}

int rows_of_prose(const std::vector<std::string>& sentences, int columns) {
  int rows = 0;
  for (const std::string& one : sentences) rows += rows_of({.headline = safe_text(one)}, columns);
  return rows;
}

void draw_sentences(Grid& grid, int row, int rows, const std::vector<std::string>& sentences, Role role) {
  for (const std::string& one : sentences) {
    const int drawn = draw_conclusion(grid, row, rows, {.headline = safe_text(one), .role = role});
    row += drawn;
    rows -= drawn;
  }
}

enum GpuPart : std::uint8_t { of_gpus, of_troubles, of_courses, of_clients, gpu_parts };

}  // namespace

Picture draw_gpus(const Window& window, const ViewState& state, Size size) {
  Picture picture{.grid = Grid(size)};
  Grid& grid = picture.grid;
  const Frame& frame = *window.frame;
  const std::vector<GpuRow> gpus = views::gpu_rows(frame);
  if (gpus.empty()) {
    draw_prose(grid, 0, size.rows, views::no_gpus(frame).error().message, Role::dim);
    return picture;
  }
  const std::vector<GpuClientRow> clients = views::gpu_client_rows(frame);
  const TextTable table = table_of_gpus(gpus, size.columns), below = table_of_clients(clients, state);
  std::vector<std::string> sentences = views::gpu_troubles(frame);
  for (std::string& note : views::gpu_notes(frame, clients)) sentences.push_back(std::move(note));
  const int all_gpus = rows_of_table(gpus.size());
  std::array<RowsWanted, gpu_parts> wanted{};
  wanted[of_gpus] = {.least = std::min(all_gpus, size.rows), .most = all_gpus};
  wanted[of_troubles] = {.least = 1, .most = rows_of_prose(sentences, size.columns)};
  wanted[of_courses] = {.least = least_graph_rows, .most = rows_of_courses(gpus.size())};
  wanted[of_clients] = {.least = 2, .most = rows_of_table(below.rows.size())};
  const std::vector<int> rows = share_rows(size.rows, wanted);

  picture.rows = table.keys;
  const bool scroll_gpus = rows[of_gpus] < all_gpus;
  if (!scroll_gpus) picture.rows.insert(picture.rows.end(), below.keys.begin(), below.keys.end());
  append_matches(picture.matches, table, state.search, 0);
  if (!scroll_gpus) append_matches(picture.matches, below, state.search, table.keys.size());
  picture.page = static_cast<std::size_t>(std::max((scroll_gpus ? rows[of_gpus] : rows[of_clients]) - 1, 1));
  picture.top = top_of_list(state, picture.rows, scroll_gpus ? 0 : table.keys.size(), picture.page);

  const auto part = [&](int row, int count) {
    return Rect{.row = row, .column = 0, .rows = count, .columns = size.columns};
  };
  int row = 0;
  draw_table(grid, part(row, rows[of_gpus]), table, state, scroll_gpus ? picture.top : 0);
  row += rows[of_gpus];
  draw_sentences(grid, row, rows[of_troubles], sentences, Role::warn);
  row += rows[of_troubles];
  draw_courses(grid, part(row, rows[of_courses]), gpus, window, state);
  row += rows[of_courses];
  draw_table(grid, part(row, rows[of_clients]), below, state, picture.top);
  return picture;
}

}  // namespace vigie::tui
