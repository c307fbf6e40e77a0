// The GPUs: a line each, what is wrong with them in words, their use over time, and the processes on them.
#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"
#include "tui/gpu_tables.hpp"
#include "tui/parts.hpp"
#include "tui/prose.hpp"
#include "tui/reading_text.hpp"
#include "tui/screen_view.hpp"
#include "views/gpu_notes.hpp"
#include "views/no_gpus.hpp"

namespace vigie::tui {
namespace {

using views::GpuClientRow;
using views::GpuRow;

/// How the graphs of so many GPUs stand.
struct Arrangement {
  int beside = 1, below = 1, width = 1, height = 1;
};

constexpr int gap_of_graphs = 2, least_graph_rows = 3, most_graph_rows = 8, least_graph_columns = 8;

int most_graphs_beside(int columns) {
  return std::max(1, (columns + gap_of_graphs) / (least_graph_columns + gap_of_graphs));
}

/// In as few rows of graphs as leave each a fair width.
Arrangement arranged(int count, int rows, int columns) {
  constexpr int fair_columns = 24;
  const int most_beside = most_graphs_beside(columns);
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

/// Graphs of all of them, or none: one that is missing would look like one that rests.
RowsWanted rows_of_courses(std::size_t gpus, int columns) {
  const int count = static_cast<int>(gpus), beside = most_graphs_beside(columns);
  const int least = (count + beside - 1) / beside * least_graph_rows;
  const int fair = gpus > 2 ? 2 * most_graph_rows : most_graph_rows;
  return {.least = least, .most = std::max(least, fair)};
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

/// All that is shown, made once: its length decides how the rows are shared.
struct GpuParts {
  std::vector<GpuRow> gpus;
  std::vector<std::string> sentences;
  TextTable table, clients;
  std::vector<int> rows;  ///< of each part
  bool scrolls = false;   ///< there are more GPUs than rows, and nothing else is shown

  GpuParts(const Frame& frame, const ViewState& state, Size size)
      : gpus(views::gpu_rows(frame)), sentences(views::gpu_troubles(frame)), table(table_of_gpus(gpus, size.columns)) {
    const std::vector<GpuClientRow> processes = views::gpu_client_rows(frame);
    clients = table_of_clients(processes);
    keep_rows_with(clients, state.filter);
    for (std::string& note : views::gpu_notes(frame, processes)) sentences.push_back(std::move(note));
    share(size);
  }

  void share(Size size) {
    const int all = rows_of_table(gpus.size());
    std::array<RowsWanted, gpu_parts> wanted{};
    wanted[of_gpus] = {.least = std::min(all, size.rows), .most = all};
    wanted[of_troubles] = {.least = 1, .most = rows_of_prose(sentences, size.columns)};
    wanted[of_courses] = rows_of_courses(gpus.size(), size.columns);
    wanted[of_clients] = {.least = 2, .most = rows_of_table(clients.rows.size())};
    rows = share_rows(size.rows, wanted);
    scrolls = rows[of_gpus] < all;
  }
};

/// The rows of the cursor: the GPUs, then the processes on them, which scroll.
void place_cursor(Picture& picture, const GpuParts& shown, const ViewState& state) {
  picture.rows = shown.table.keys;
  append_matches(picture.matches, shown.table, state.search, 0);
  if (!shown.scrolls) {
    picture.rows.insert(picture.rows.end(), shown.clients.keys.begin(), shown.clients.keys.end());
    append_matches(picture.matches, shown.clients, state.search, shown.table.keys.size());
  }
  const int listed = shown.rows[shown.scrolls ? of_gpus : of_clients];
  picture.page = static_cast<std::size_t>(std::max(listed - 1, 1));
  picture.top = top_of_list(state, picture.rows, shown.scrolls ? 0 : shown.table.keys.size(), picture.page);
}

}  // namespace

Picture draw_gpus(const Window& window, const ViewState& state, Size size) {
  Picture picture{.grid = Grid(size)};
  Grid& grid = picture.grid;
  if (views::gpu_rows(*window.frame).empty()) {
    draw_prose(grid, 0, size.rows, views::no_gpus(*window.frame).error().message, Role::dim);
    return picture;
  }
  const GpuParts shown(*window.frame, state, size);
  place_cursor(picture, shown, state);
  int row = 0;
  const auto next = [&](GpuPart part) {
    const int rows = shown.rows[part];
    return Rect{.row = std::exchange(row, row + rows), .column = 0, .rows = rows, .columns = size.columns};
  };
  draw_table(grid, next(of_gpus), shown.table, state, shown.scrolls ? picture.top : 0);
  const Rect troubles = next(of_troubles);
  draw_sentences(grid, troubles.row, troubles.rows, shown.sentences, Role::warn);
  draw_courses(grid, next(of_courses), shown.gpus, shown_part(window, size.columns), state);
  draw_table(grid, next(of_clients), shown.clients, state, picture.top);
  return picture;
}

}  // namespace vigie::tui
