#include "tui/process_list.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "tui/reading_text.hpp"
#include "views/choice.hpp"
#include "views/forest.hpp"

namespace vigie::tui {
namespace {

using views::ProcessColumn;
using views::ProcessRow;

constexpr std::array<std::string_view, 9> all_orders{
    "cpu_percent", "rss_bytes", "io_bytes_per_second", "cpu_seconds", "elapsed_seconds", "threads", "pid",
    "user",        "command"};

/// A column, and from how many terminal columns on it is shown.
struct Shown {
  std::string_view name;
  int from_columns;
  bool of_runs = false, of_gpus = false;
};

constexpr std::array<Shown, 12> shown_columns{{
    {.name = "pid", .from_columns = 0},
    {.name = "user", .from_columns = 50},
    {.name = "state", .from_columns = 40},
    {.name = "cpu_percent", .from_columns = 0},
    {.name = "rss_bytes", .from_columns = 36},
    {.name = "gpu_busy_percent", .from_columns = 90, .of_gpus = true},
    {.name = "gpu_memory_bytes", .from_columns = 80, .of_gpus = true},
    {.name = "io_bytes_per_second", .from_columns = 76},
    {.name = "threads", .from_columns = 110},
    {.name = "elapsed_seconds", .from_columns = 64},
    {.name = "run", .from_columns = 100, .of_runs = true},
    {.name = "command", .from_columns = 0},
}};

std::vector<std::size_t> wanted(const Frame& frame, const ViewState& state) {
  std::vector<std::size_t> indices;
  for (std::size_t index = 0; index < frame.snapshot->processes.size(); ++index) {
    if (is_wanted({.frame = &frame, .index = index}, state)) indices.push_back(index);
  }
  return indices;
}

RowKey key_of(const Frame& frame, std::size_t index) {
  return RowKey::of(frame.snapshot->processes[index].id);
}

void append_flat(ProcessList& list, const Frame& frame, const ViewState& state) {
  list.rows = views::process_rows(frame, wanted(frame, state), false);
  const auto* const column = views::find_column(views::process_columns(), state.sort);
  if (column != nullptr) {
    // Equal ones stay in their order whatever comes and goes.
    views::sort_by(list.rows, views::SortKey<ProcessRow>{.column = *column, .descending = !state.ascending});
  }
  for (const ProcessRow& row : list.rows) list.keys.push_back(key_of(frame, row.index));
}

std::string_view fold_mark(bool open, Symbols symbols) {
  if (symbols == Symbols::ascii) return open ? "- " : "+ ";
  return open ? "▾ " : "▸ ";
}

/// Runs first, each below its name, folded unless the user opened it; then all other processes below their parents.
void append_tree(ProcessList& list, const Frame& frame, const ViewState& state) {
  std::vector<std::size_t> others;
  std::vector<bool> run_has_some(frame.view.runs.size());
  for (const std::size_t index : wanted(frame, state)) {
    const int run = index < frame.view.run_of.size() ? frame.view.run_of[index] : -1;
    if (run < 0) {
      others.push_back(index);
    } else {
      run_has_some[static_cast<std::size_t>(run)] = true;
    }
  }
  for (std::size_t run = 0; run < frame.view.runs.size(); ++run) {
    if (!run_has_some[run]) continue;
    const std::size_t head = list.rows.size();
    views::append_run(list.rows, frame, run, true);
    const bool open = state.unfolded.contains(frame.view.runs[run].id);
    if (!open) list.rows.resize(head + 1);
    list.rows[head].branch.insert(0, fold_mark(open, state.symbols));
    list.keys.push_back(RowKey::of_run(frame.view.runs[run].id));
    for (std::size_t at = head + 1; at < list.rows.size(); ++at)
      list.keys.push_back(key_of(frame, list.rows[at].index));
  }
  const std::size_t first = list.rows.size();
  if (!others.empty()) views::Forest(frame, std::move(others)).append_rows(list.rows, false);
  for (std::size_t at = first; at < list.rows.size(); ++at) list.keys.push_back(key_of(frame, list.rows[at].index));
}

bool has_match(const ProcessRow& row, const std::string& search) {
  if (row.head) return has_text(row.branch, search);
  return has_text(command_text(row.process()), search) || std::to_string(row.process().id.pid) == search;
}

int width_of(const ProcessColumn& column) {
  constexpr int name_of_state = 1;
  if (column.name() == "state") return name_of_state;
  return std::max(static_cast<int>(column.metric->width), static_cast<int>(column.metric->title.size()));
}

std::string_view title_of(const ProcessColumn& column) {
  return column.name() == "state" ? std::string_view("S") : column.metric->title;
}

Role state_role(std::string_view state) {
  if (state == "R") return Role::good;
  if (state == "D" || state == "T" || state == "t") return Role::warn;
  return state == "Z" || state == "X" ? Role::bad : Role::dim;
}

/// Magnitude where a share is known, health for the state, and quiet for what is nothing or not there.
Role role_of_cell(const ProcessColumn& column, const format::Cell& cell, const std::string& text) {
  if (std::holds_alternative<Presence>(cell) || is_nothing(*column.metric, cell)) return Role::dim;
  if (column.name() == "state") return state_role(text);
  if (column.name() == "cpu_percent" || column.name() == "gpu_busy_percent") {
    const auto* const percent = std::get_if<double>(&cell);
    return percent == nullptr ? Role::normal : graph_role(*percent / 100);
  }
  return column.name() == "run" ? Role::run : Role::normal;
}

/// Most processes belong to no run: that is no reading which is absent.
bool is_blank(const ProcessColumn& column, const format::Cell& cell) {
  const auto* const absent = std::get_if<Presence>(&cell);
  return column.name() == "run" && absent != nullptr && *absent == Presence::unsupported;
}

/// As many as leave some room for the command, which ends every line.
std::vector<ProcessColumn> chosen_columns(const std::vector<std::string>& names, int columns) {
  constexpr int least_command = 12;
  std::vector<ProcessColumn> chosen;
  int used = 0;
  for (const std::string& name : names) {
    if (name == "command") continue;
    const ProcessColumn& column = views::process_column(name);
    used += width_of(column) + 1;
    if (used + least_command > columns && !chosen.empty()) break;
    chosen.push_back(column);
  }
  chosen.push_back(views::process_column("command"));
  return chosen;
}

struct Line {
  Grid& grid;
  int row, end;

  int put(int column, const ProcessColumn& what, const std::string& text, Role role, int width) const {
    if (is_right_aligned(*what.metric)) {
      grid.put_right(row, std::min(column + width, end), text, std::min(width, end - column), role);
    } else {
      grid.put_cut(row, column, text, std::min(width, end - column), role);
    }
    return column + width + 1;
  }
};

void draw_titles(const Line& line, int column, const std::vector<ProcessColumn>& columns, const ViewState& state) {
  for (const ProcessColumn& one : columns) {
    const bool last = &one == &columns.back();
    const bool sorted = one.name() == state.sort && !state.tree;
    const int width = last ? line.end - column : width_of(one);
    column = line.put(column, one, std::string(title_of(one)), sorted ? Role::sorted : Role::head, width);
  }
}

/// The lines of a tree are quiet, the command is not.
void draw_command(const Line& line, int column, const ProcessRow& row, const format::Cell& cell, const Metric& metric) {
  const std::string text = cell_text(metric, cell);
  const int room = line.end - column;
  if (room <= 0) return;
  if (row.head) {
    line.grid.put_cut(line.row, column, text, room, Role::run);
    return;
  }
  line.grid.put_cut(line.row, column, text, room, row.process().kernel_thread ? Role::dim : Role::normal);
  line.grid.put(line.row, column, row.branch, Role::dim, room - 1);
}

void draw_row(const Line& line, int column, const std::vector<ProcessColumn>& columns, const ProcessRow& row) {
  for (const ProcessColumn& one : columns) {
    const format::Cell cell = row.head && &one != &columns.back() ? format::Cell(std::string_view()) : one.cell(row);
    if (&one == &columns.back()) {
      draw_command(line, column, row, cell, *one.metric);
      return;
    }
    const std::string text = is_blank(one, cell) ? std::string() : cell_text(*one.metric, cell);
    column = line.put(column, one, text, role_of_cell(one, cell, text), width_of(one));
  }
}

}  // namespace

bool is_wanted(const ProcessRow& row, const ViewState& state) {
  const ProcessSample& process = row.process();
  if (process.kernel_thread && !state.kernel_threads) return false;
  const std::string_view user = process.uid ? views::user_name(*row.frame->snapshot, *process.uid) : std::string_view();
  if (state.user && user != *state.user) return false;
  if (state.filter.empty()) return true;
  const Run* const run = row.run();
  return has_text(command_text(process), state.filter) || has_text(user, state.filter) ||
         (run != nullptr && has_text(run->name, state.filter)) ||
         has_text(std::to_string(process.id.pid), state.filter);
}

std::span<const std::string_view> orders() {
  return all_orders;
}

bool has_text(std::string_view text, std::string_view part) {
  const auto lower = [](char letter) { return std::tolower(static_cast<unsigned char>(letter)); };
  const auto found = std::ranges::search(text, part, {}, lower, lower);
  return part.empty() || !found.empty();
}

ProcessList process_list(const Frame& frame, const ViewState& state) {
  ProcessList list;
  if (state.tree) {
    append_tree(list, frame, state);
  } else {
    append_flat(list, frame, state);
  }
  for (std::size_t at = 0; at < list.rows.size() && !state.search.empty(); ++at) {
    if (has_match(list.rows[at], state.search)) list.matches.push_back(at);
  }
  return list;
}

bool is_usually_ascending(std::string_view column) {
  return column == "pid" || column == "user" || column == "command";
}

std::vector<std::string> usual_columns() {
  std::vector<std::string> names;
  for (const Shown& one : shown_columns) names.emplace_back(one.name);
  return names;
}

std::vector<ProcessColumn> list_columns(const Frame& frame, const ViewState& state, int columns) {
  if (!state.columns.empty()) return chosen_columns(state.columns, columns);
  const bool gpus = frame.snapshot->gpus && !frame.snapshot->gpus->empty(), runs = !frame.view.runs.empty();
  std::vector<ProcessColumn> chosen;
  for (const Shown& one : shown_columns) {
    if (columns < one.from_columns || (one.of_gpus && !gpus) || (one.of_runs && !runs)) continue;
    chosen.push_back(views::process_column(one.name));
  }
  return chosen;
}

void draw_process_list(Grid& grid, Rect where, const ProcessList& list, const ViewState& state, std::size_t top) {
  if (where.rows <= 0 || where.columns <= 0 || list.rows.size() != list.keys.size()) return;
  const int end = where.column + where.columns;
  const Frame* const frame = list.rows.empty() ? nullptr : list.rows.front().frame;
  const std::vector<ProcessColumn> columns =
      frame == nullptr ? std::vector<ProcessColumn>{} : list_columns(*frame, state, where.columns);
  grid.clear({.row = where.row, .column = where.column, .rows = 1, .columns = where.columns}, Role::head);
  if (columns.empty()) {
    grid.put_cut(where.row, where.column, "no process", where.columns, Role::head);
    return;
  }
  draw_titles({.grid = grid, .row = where.row, .end = end}, where.column, columns, state);
  for (int at = 1; at < where.rows && top < list.rows.size(); ++at, ++top) {
    const Rect whole{.row = where.row + at, .column = where.column, .rows = 1, .columns = where.columns};
    draw_row({.grid = grid, .row = whole.row, .end = end}, where.column, columns, list.rows[top]);
    const RowKey& key = list.keys[top];
    if (std::ranges::binary_search(list.matches, top)) grid.paint(whole, Role::match);
    if (key.kind == RowKey::Kind::process && state.tagged.contains(key.process)) grid.paint(whole, Role::tagged);
    if (key == state.selected) grid.paint(whole, Role::selected);
  }
}

}  // namespace vigie::tui
