// Frames made by hand, and tables as a person or a program reads them.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/frame.hpp"
#include "views/column.hpp"

namespace vigie::views {

/// A host whose clock says that it booted at 0 and now is `now_seconds`.
class Scene {
 public:
  static constexpr std::int64_t second = nanoseconds_per_second, now_seconds = 10'000;

  Scene() {
    snapshot.after.boot_ns = snapshot.after.wall_ns = now_seconds * second;
    snapshot.before = snapshot.after;
  }

  /// Processes are to be added ascending by pid.
  ProcessSample& process(pid_t pid, pid_t ppid, std::string comm) {
    ProcessSample& process = snapshot.processes.emplace_back();
    process.id = {pid, 1000};
    process.ppid = ppid;
    process.state = 'S';
    process.comm = std::move(comm);
    delta.processes.emplace_back();
    view.run_of.push_back(-1);
    view.member_of.push_back(-1);
    return process;
  }

  Run& add_run(std::string name) {
    Run& run = view.runs.emplace_back();
    run.name = run.id = std::move(name);
    run.supervised = true;
    return run;
  }

  /// Makes the process added last a member of the run added last.
  void join(Role role, int number = -1, int trainer = -1) {
    Run& run = view.runs.back();
    const std::size_t process = snapshot.processes.size() - 1;
    view.run_of[process] = static_cast<int>(view.runs.size()) - 1;
    view.member_of[process] = static_cast<int>(run.members.size());
    if (run.members.empty()) run.leader = snapshot.processes.back().id;
    run.members.push_back({.process = process, .role = role, .number = number, .trainer = trainer});
  }

  [[nodiscard]] Frame frame() const {
    Frame frame;
    frame.snapshot = std::make_shared<const Snapshot>(snapshot);
    frame.delta = delta;
    frame.view = view;
    return frame;
  }

  Snapshot snapshot;
  Delta delta;
  RunView view;
};

/// One cell as people read it.
template <class Row>
std::string shown(const std::vector<Column<Row>>& columns, const Row& row, std::string_view name) {
  const Column<Row>* const column = find_column(columns, name);
  return column == nullptr ? "no such column" : format::human(*column->metric, column->cell(row));
}

/// One column of all rows, as people read it.
template <class Row>
std::vector<std::string> shown(const std::vector<Column<Row>>& columns, const std::vector<Row>& rows,
                               std::string_view name) {
  std::vector<std::string> cells;
  for (const Row& row : rows) cells.push_back(shown(columns, row, name));
  return cells;
}

/// One value as JSON has it.
template <class Row>
std::string as_json(const std::vector<Column<Row>>& columns, const Row& row, std::string_view name) {
  std::string out;
  const std::vector<Column<Row>> one = chosen(columns, std::span(&name, 1));
  const std::vector<Row> rows = {row};
  format::append_json(out, make_table(one, rows), {.rows = "rows", .host = "", .sources = {}}, true);
  const std::size_t begin = out.find(std::string(name) + "\": ") + name.size() + 3;
  return out.substr(begin, out.find("}], \"sources\"", begin) - begin);
}

template <class Row>
std::vector<std::string_view> names_of(const std::vector<Column<Row>>& columns) {
  std::vector<std::string_view> names;
  for (const Column<Row>& column : columns) names.push_back(column.name());
  return names;
}

}  // namespace vigie::views
