#include "tui/gpu_lines.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "model/gpu_use.hpp"
#include "tui/reading_text.hpp"
#include "views/gpu_columns.hpp"

namespace vigie::tui {
namespace {

std::string whole(const Reading<double>& value, std::string_view unit) {
  if (!value) return std::string(absence_text(value.presence())) + std::string(unit);
  return fmt::format("{:.0f}{}", *value, unit);
}

std::string memory_text(const GpuSample& gpu) {
  return fmt::format("{}/{}", bytes_text(as_double(gpu.memory_used_bytes)),
                     bytes_text(as_double(gpu.memory_total_bytes)));
}

/// "asleep", "power cap": what a person should know; empty: nothing.
std::string remark_on(const GpuSample& gpu) {
  if (gpu.state != GpuState::working) return std::string(name_of(gpu.state));
  if (gpu.age_seconds > 0) return fmt::format("no answer for {:.0f} s", gpu.age_seconds);
  return gpu.throttle ? describe_throttle(*gpu.throttle) : std::string();
}

Role role_of_remark(const GpuSample& gpu) {
  if (gpu.state == GpuState::asleep) return Role::dim;
  if (gpu.state != GpuState::working || is_slowed(gpu.throttle.value_or(0))) return Role::bad;
  return Role::warn;
}

void draw_line(Grid& grid, int row, const Window& window, const views::GpuRow& gpu, Symbols symbols) {
  const GpuMoment* const now = window.moments.empty() ? nullptr : window.moments.back().gpu(gpu.gpu->pci);
  const Reading<double> busy = busy_percent_of(*gpu.gpu, gpu.rates);
  const Reading<double> memory = now != nullptr ? now->memory_percent : Reading<double>(Presence::unknown);
  const int bar = std::clamp((grid.columns() - 60) / 4, 6, 24);
  grid.put_cut(row, 0, fmt::format("GPU {}", number_of(*gpu.gpu)), 8, Role::title);
  int column = 7;
  draw_bar(grid, row, column, bar, share_of(busy), symbols);
  column += bar;
  grid.put_right(row, column + 6, percent_text(busy), 6, Role::strong);
  column += 8;
  column = grid.put(row, column, "mem ", Role::dim);
  draw_bar(grid, row, column, bar, share_of(memory), symbols);
  column += bar + 1;
  grid.put_right(row, column + 13, memory_text(*gpu.gpu), 13);
  column += 15;
  grid.put_right(row, column + 5, whole(gpu.gpu->power_watts, "W"), 5);
  grid.put_right(row, column + 11, whole(gpu.gpu->temperature_celsius, "°C"), 5);
  column += 13;
  if (gpu.gpu->sm_active_percent && grid.columns() >= 110) {
    grid.put(row, column, "SM ", Role::dim);
    grid.put_right(row, column + 7, percent_text(gpu.gpu->sm_active_percent), 4);
    column += 9;
  }
  grid.put_cut(row, column, remark_on(*gpu.gpu), grid.columns() - column, role_of_remark(*gpu.gpu));
}

}  // namespace

int draw_gpu_lines(Grid& grid, int row, int rows, const Window& window, const ViewState& state) {
  const Reading<std::vector<GpuSample>>& gpus = window.frame->snapshot->gpus;
  if (rows <= 0) return 0;
  if (!gpus) {
    const bool silent = gpus.presence() == Presence::unsupported || gpus.presence() == Presence::not_read;
    if (silent) return 0;
    grid.put(row, grid.put(row, 0, "GPUs ", Role::title), absence_text(gpus.presence()), Role::dim);
    return 1;
  }
  int drawn = 0;
  for (const views::GpuRow& gpu : views::gpu_rows(*window.frame)) {
    if (drawn == rows) break;
    draw_line(grid, row + drawn++, window, gpu, state.symbols);
  }
  return drawn;
}

}  // namespace vigie::tui
