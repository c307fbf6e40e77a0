// The overview: the host over time, one line a GPU, one line a run, then processes.
#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"
#include "tui/gpu_lines.hpp"
#include "tui/process_list.hpp"
#include "tui/reading_text.hpp"
#include "tui/run_lines.hpp"
#include "tui/screen_view.hpp"

namespace vigie::tui {
namespace {

using Value = Reading<double> HostMoment::*;

/// One graph of the head: a label, numbers, and their course.
struct Panel {
  std::string_view label;
  std::string value;
  std::vector<std::string> notes;  ///< the first ones matter most: a narrow panel leaves the others out
  Series series;
  double top = 100;
};

Series course(const Window& window, Value value) {
  return window.series([&](const Moment& moment) { return moment.host.*value; });
}

Series sum_of(const Window& window, Value one, Value other) {
  return window.series([&](const Moment& moment) -> Reading<double> {
    const Reading<double>&a = moment.host.*one, &b = moment.host.*other;
    return a && b ? Reading<double>(*a + *b) : a ? b : a;
  });
}

/// "wait 12%": the time in which some task waited for it.
void note_wait(Panel& panel, const Reading<double>& pressure) {
  if (pressure && *pressure >= 1) panel.notes.push_back(fmt::format("wait {:.0f}%", *pressure));
}

Panel cpu_panel(const Window& window, const HostMoment& now) {
  Panel panel{.label = "CPU",
              .value = percent_text(now.cpu_percent),
              .notes = {fmt::format("of {}", window.frame->snapshot->host.cpus)},
              .series = course(window, &HostMoment::cpu_percent)};
  note_wait(panel, now.cpu_pressure);
  return panel;
}

Panel memory_panel(const Window& window, const HostMoment& now) {
  const Reading<Memory>& memory = window.frame->snapshot->host.memory;
  Panel panel{.label = "Memory",
              .value = percent_text(now.memory_percent),
              .notes = {bytes_text(now.memory_bytes)},
              .series = course(window, &HostMoment::memory_percent)};
  if (memory) panel.notes.push_back("of " + bytes_text(static_cast<double>(memory->total)));
  if (now.swap_percent && *now.swap_percent >= 1) panel.notes.push_back(fmt::format("swap {:.0f}%", *now.swap_percent));
  note_wait(panel, now.memory_pressure);
  return panel;
}

Panel traffic_panel(std::string_view label, std::vector<std::string> notes, Series series) {
  const double top = scale_top_bytes(largest(series).value_or(0), 1 << 20);
  const Reading<double> now = series.empty() ? Reading<double>(Presence::first_sight) : series.back();
  return {.label = label,
          .value = bytes_text(now, "/s"),
          .notes = std::move(notes),
          .series = std::move(series),
          .top = top};
}

Panel disk_panel(const Window& window, const HostMoment& now) {
  Panel panel = traffic_panel("Disk", {"r " + bytes_text(now.read_bytes), "w " + bytes_text(now.written_bytes)},
                              sum_of(window, &HostMoment::read_bytes, &HostMoment::written_bytes));
  note_wait(panel, now.io_pressure);
  return panel;
}

Panel net_panel(const Window& window, const HostMoment& now) {
  return traffic_panel("Net", {"in " + bytes_text(now.received_bytes), "out " + bytes_text(now.sent_bytes)},
                       sum_of(window, &HostMoment::received_bytes, &HostMoment::sent_bytes));
}

/// As many notes as fit so many columns.
std::string notes_in(const Panel& panel, int columns) {
  std::string text;
  for (const std::string& note : panel.notes) {
    const std::string longer = text + (text.empty() ? "" : " ") + note;
    if (static_cast<int>(display_width(longer)) > columns) break;
    text = longer;
  }
  return text;
}

/// The numbers stand in the first row, the graph below.
void draw_panel(Grid& grid, Rect where, const Panel& panel, const Window& window, Symbols symbols) {
  const int end = where.column + where.columns;
  int column = grid.put(where.row, where.column, panel.label, Role::title, where.columns);
  column = grid.put(where.row, column + 1, panel.value, Role::strong, end - column - 1);
  grid.put_right(where.row, end, notes_in(panel, end - column - 1), end - column - 1, Role::dim);
  draw_graph(grid, {.row = where.row + 1, .column = where.column, .rows = where.rows - 1, .columns = where.columns},
             panel.series, {.symbols = symbols, .top = panel.top, .group = 1, .first = window.first});
}

/// Rows of the head for a screen of that many rows: none on small ones.
int rows_of_head(int rows) {
  if (rows < 10) return 0;
  if (rows < 18) return 2;
  return rows < 30 ? 4 : 6;
}

int draw_head(Grid& grid, const Window& window, const ViewState& state, int rows) {
  if (rows <= 0 || window.moments.empty()) return 0;
  const HostMoment& now = window.moments.back().host;
  const std::array panels{cpu_panel(window, now), memory_panel(window, now), disk_panel(window, now),
                          net_panel(window, now)};
  constexpr int gap = 2;
  const int count = grid.columns() >= 72 ? 4 : grid.columns() >= 36 ? 2 : 1;
  const int width = (grid.columns() - gap * (count - 1)) / count;
  for (int at = 0; at < count; ++at) {
    draw_panel(grid, {.row = 0, .column = at * (width + gap), .rows = rows, .columns = width},
               panels[static_cast<std::size_t>(at)], window, state.symbols);
  }
  return rows;
}

}  // namespace

Picture draw_overview(const Window& window, const ViewState& state, Size size) {
  constexpr int least_list = 4;
  Picture picture{.grid = Grid(size)};
  int row = draw_head(picture.grid, window, state, rows_of_head(size.rows));
  row += draw_gpu_lines(picture.grid, row, std::max(size.rows - row - least_list - 2, 0), window, state);
  RunLines runs = draw_run_lines(picture.grid, row, std::max((size.rows - row - least_list) / 2, 0), window, state);
  row += runs.rows;
  picture.rows = std::move(runs.keys);
  const std::size_t first = picture.rows.size();
  for (std::size_t at = 0; at < first && !state.search.empty(); ++at) {
    const auto run = std::ranges::find(window.frame->view.runs, picture.rows[at].name, &Run::id);
    if (run != window.frame->view.runs.end() && has_text(run->name, state.search)) picture.matches.push_back(at);
  }

  ProcessList list = process_list(*window.frame, state);
  picture.rows.insert(picture.rows.end(), list.keys.begin(), list.keys.end());
  picture.page = static_cast<std::size_t>(std::max(size.rows - row - 1, 1));
  picture.top = top_of_list(state, picture.rows, first, picture.page);
  draw_process_list(picture.grid, {.row = row, .column = 0, .rows = size.rows - row, .columns = size.columns}, list,
                    state, picture.top);
  for (const std::size_t match : list.matches) picture.matches.push_back(first + match);
  return picture;
}

}  // namespace vigie::tui
