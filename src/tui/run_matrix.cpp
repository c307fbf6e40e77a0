#include "tui/run_matrix.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace vigie::tui {
namespace {

constexpr std::size_t most_workers_of_group = 32;
constexpr int gap = 2;

bool is_head(const Member& member) {
  return member.role == vigie::Role::rank || member.role == vigie::Role::trainer;
}

MatrixCell cell_of(const Frame& frame, const Run& run, const Member& member) {
  MatrixCell cell{.doing = doing_of(frame, run, member)};
  if (member.process < frame.snapshot->processes.size())
    cell.key = RowKey::of(frame.snapshot->processes[member.process].id);
  return cell;
}

std::string label_of(const Member& member) {
  std::string label = describe(member);
  return label.empty() ? "other" : label;
}

/// A rank whose number is missing between others has died or was never seen: its place stays.
void add_missing_ranks(std::vector<MatrixGroup>& groups, int& next, int number) {
  constexpr int most_missing = 64;
  for (int missing = std::max(next, number - most_missing); missing < number; ++missing)
    groups.push_back({.label = fmt::format("rank {}", missing), .heads = {{.doing = Doing::gone}}, .workers = {}});
  next = number + 1;
}

std::vector<std::size_t> heads_in_order(const Run& run) {
  std::vector<std::size_t> heads;
  for (std::size_t at = 0; at < run.members.size(); ++at) {
    if (is_head(run.members[at])) heads.push_back(at);
  }
  std::ranges::stable_sort(heads, {}, [&](std::size_t at) { return run.members[at].number; });
  return heads;
}

int widest_label(const std::vector<MatrixGroup>& groups) {
  std::size_t widest = 0;
  for (const MatrixGroup& group : groups) widest = std::max(widest, group.label.size());
  return static_cast<int>(widest);
}

/// Columns of a group with its label, and the gap behind it.
int group_width(const std::vector<MatrixGroup>& groups) {
  std::size_t heads = 1, workers = 0;
  for (const MatrixGroup& group : groups) {
    heads = std::max(heads, std::min(group.heads.size(), most_workers_of_group));
    workers = std::max(workers, std::min(group.workers.size(), most_workers_of_group));
  }
  return widest_label(groups) + 1 + static_cast<int>(heads + (workers == 0 ? 0 : workers + 1)) + gap;
}

int groups_in_line(const std::vector<MatrixGroup>& groups, int columns) {
  return std::max(1, (columns + gap) / group_width(groups));
}

void put_cell(Grid& grid, int row, int column, const MatrixCell& cell, const ViewState& state) {
  const Mark mark = mark_of(cell.doing);
  const bool selected = cell.key.kind != RowKey::Kind::none && cell.key == state.selected;
  grid.put(row, column, std::string_view(&mark.letter, 1), selected ? Role::selected : mark.role);
}

/// Returns the column behind; of more cells than are shown, the last one is "+".
int put_cells(Grid& grid, int row, int column, const std::vector<MatrixCell>& cells, const ViewState& state) {
  const std::size_t shown = std::min(cells.size(), most_workers_of_group);
  for (std::size_t at = 0; at < shown; ++at) put_cell(grid, row, column++, cells[at], state);
  if (shown < cells.size()) grid.put(row, column - 1, "+", Role::dim);
  return column;
}

void draw_with_labels(Grid& grid, int row, const std::vector<MatrixGroup>& groups, const ViewState& state) {
  const int in_line = groups_in_line(groups, grid.columns()), width = group_width(groups);
  const int label = widest_label(groups);
  for (std::size_t at = 0; at < groups.size(); ++at) {
    const int line = static_cast<int>(at) / in_line, place = static_cast<int>(at) % in_line;
    int column = place * width;
    grid.put(row + line, column, groups[at].label, Role::dim);
    column = put_cells(grid, row + line, column + label + 1, groups[at].heads, state);
    put_cells(grid, row + line, column + 1, groups[at].workers, state);
  }
}

/// A block of letters with one label, in tens, in at most so many rows. Returns the rows that it took. Where there are
/// too many, the place of the last ten has their number.
int draw_block(Grid& grid, int row, int rows, std::string_view label, const std::vector<MatrixCell>& cells,
               const ViewState& state) {
  constexpr int indent = 8, ten = 10;
  if (cells.empty() || rows <= 0) return 0;
  grid.put(row, 0, label, Role::dim, indent);
  const int in_line = std::max(1, (grid.columns() - indent + 1) / (ten + 1)) * ten;
  const auto place = [&](int at) {
    const int column = at % in_line;
    return std::pair(row + at / in_line, indent + column + column / ten);
  };
  const int count = static_cast<int>(cells.size());
  const int shown = count <= rows * in_line ? count : rows * in_line - ten;
  for (int at = 0; at < shown; ++at) {
    const auto [line, column] = place(at);
    put_cell(grid, line, column, cells[static_cast<std::size_t>(at)], state);
  }
  if (shown < count) {
    const auto [line, column] = place(shown);
    grid.put_cut(line, column, fmt::format("+{} more", count - shown), grid.columns() - column, Role::dim);
  }
  return std::min(rows, (count + in_line - 1) / in_line);
}

void draw_blocks(Grid& grid, int row, int rows, const std::vector<MatrixGroup>& groups, const ViewState& state) {
  std::vector<MatrixCell> heads, workers;
  for (const MatrixGroup& group : groups) {
    heads.insert(heads.end(), group.heads.begin(), group.heads.end());
    workers.insert(workers.end(), group.workers.begin(), group.workers.end());
  }
  const int for_heads = workers.empty() ? rows : std::max(1, rows / 2);
  const int taken = draw_block(grid, row, for_heads, "main", heads, state);
  draw_block(grid, row + taken, rows - taken, "workers", workers, state);
}

}  // namespace

std::vector<MatrixGroup> matrix_of(const Frame& frame, const Run& run) {
  std::vector<MatrixGroup> groups;
  std::map<std::size_t, std::size_t> group_of;  // by the index of its head among the members
  int next = 0;
  for (const std::size_t at : heads_in_order(run)) {
    const Member& head = run.members[at];
    if (head.role == vigie::Role::rank && head.number >= 0) add_missing_ranks(groups, next, head.number);
    group_of[at] = groups.size();
    groups.push_back({.label = label_of(head), .heads = {cell_of(frame, run, head)}, .workers = {}});
  }
  std::map<std::string, MatrixGroup> others;
  for (const Member& member : run.members) {
    if (is_head(member)) continue;
    const auto owner = member.trainer >= 0 ? group_of.find(static_cast<std::size_t>(member.trainer)) : group_of.end();
    if (owner != group_of.end()) {
      groups[owner->second].workers.push_back(cell_of(frame, run, member));
      continue;
    }
    MatrixGroup& other = others[member.role == vigie::Role::loader_worker ? "worker" : label_of(member)];
    other.heads.push_back(cell_of(frame, run, member));
  }
  for (auto& [label, group] : others) {
    group.label = label;
    groups.push_back(std::move(group));
  }
  return groups;
}

std::vector<RowKey> keys_of(const std::vector<MatrixGroup>& groups) {
  std::vector<RowKey> keys;
  for (const MatrixGroup& group : groups) {
    for (const std::vector<MatrixCell>* const cells : {&group.heads, &group.workers}) {
      for (const MatrixCell& cell : *cells) {
        if (cell.key.kind != RowKey::Kind::none) keys.push_back(cell.key);
      }
    }
  }
  return keys;
}

int matrix_rows(const std::vector<MatrixGroup>& groups, int columns) {
  const int in_line = groups_in_line(groups, columns);
  return (static_cast<int>(groups.size()) + in_line - 1) / in_line;
}

void draw_matrix(Grid& grid, int row, int rows, const std::vector<MatrixGroup>& groups, const ViewState& state) {
  if (rows <= 0 || groups.empty()) return;
  if (matrix_rows(groups, grid.columns()) <= rows) {
    draw_with_labels(grid, row, groups, state);
  } else {
    draw_blocks(grid, row, rows, groups, state);
  }
}

}  // namespace vigie::tui
