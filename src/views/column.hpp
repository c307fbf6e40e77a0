// The parts of a view's table: rows of one kind, and columns that show something of a row.
#pragma once

#include <algorithm>
#include <functional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/json_writer.hpp"
#include "format/table.hpp"
#include "sources/proc/proc_source.hpp"

namespace vigie::views {

using format::Cell;
using format::cell_of;
using format::Paint;

/// What a column needs to be read beyond what every look reads.
struct Needs {
  proc::Fields fields = {};  ///< of every process
  bool runs = false;         ///< runs must be recognised
  bool gpus = false;         ///< the GPUs' drivers must be asked
};

[[nodiscard]] inline Needs operator|(const Needs& a, const Needs& b) {
  return {.fields = a.fields | b.fields, .runs = a.runs || b.runs, .gpus = a.gpus || b.gpus};
}

/// A metric of the catalogue, and how to get its value from a row.
template <class Row>
struct Column {
  const Metric* metric = nullptr;
  std::function<Cell(const Row&)> cell;
  /// Writes the value where JSON has more structure than a cell; empty for most.
  std::function<void(JsonWriter&, const Row&)> json = {};
  /// The colour of the cell in text on a terminal; empty for most.
  std::function<Paint(const Row&)> paint = {};
  /// The cell as people read it, where its unit's way is too wide or says too little; empty for most.
  std::function<Cell(const Row&)> people = {};
  Needs needs = {};

  [[nodiscard]] std::string_view name() const { return metric->name; }
};

/// The column of the metric of that name, with what most columns have.
template <class Row>
[[nodiscard]] Column<Row> column(std::string_view name, std::type_identity_t<std::function<Cell(const Row&)>> cell,
                                 std::type_identity_t<std::function<void(JsonWriter&, const Row&)>> json = {}) {
  return {.metric = &metric(name), .cell = std::move(cell), .json = std::move(json)};
}

/// Refers to both, so it must not outlive them.
template <class Row>
[[nodiscard]] format::Table make_table(std::span<const Column<Row>> columns, std::span<const Row> rows) {
  format::Table table;
  for (const Column<Row>& column : columns) table.metrics.push_back(column.metric);
  table.rows = rows.size();
  table.cell = [columns, rows](std::size_t row, std::size_t column) { return columns[column].cell(rows[row]); };
  table.json = [columns, rows](JsonWriter& writer, std::size_t row, std::size_t column) {
    if (!columns[column].json) return false;
    columns[column].json(writer, rows[row]);
    return true;
  };
  table.paint = [columns, rows](std::size_t row, std::size_t column) {
    return columns[column].paint ? columns[column].paint(rows[row]) : Paint::none;
  };
  return table;
}

template <class Row>
[[nodiscard]] format::Table make_table(const std::vector<Column<Row>>& columns, const std::vector<Row>& rows) {
  return make_table(std::span<const Column<Row>>(columns), std::span<const Row>(rows));
}

/// The column of that metric; nullptr when there is none.
template <class Row>
[[nodiscard]] const Column<Row>* find_column(const std::vector<Column<Row>>& columns, std::string_view name) {
  const auto found = std::ranges::find(columns, name, &Column<Row>::name);
  return found == columns.end() ? nullptr : &*found;
}

/// Those of these names, which must exist, in the order of the names.
template <class Row>
[[nodiscard]] std::vector<Column<Row>> chosen(const std::vector<Column<Row>>& all,
                                              std::span<const std::string_view> names) {
  std::vector<Column<Row>> columns;
  columns.reserve(names.size());
  for (const std::string_view name : names) columns.push_back(*find_column(all, name));
  return columns;
}

/// All but those of these names.
template <class Row>
[[nodiscard]] std::vector<Column<Row>> without(std::vector<Column<Row>> columns,
                                               std::span<const std::string_view> names) {
  std::erase_if(columns,
                [&](const Column<Row>& column) { return std::ranges::find(names, column.name()) != names.end(); });
  return columns;
}

/// With the cells that people read.
template <class Row>
[[nodiscard]] std::vector<Column<Row>> for_people(std::vector<Column<Row>> columns) {
  for (Column<Row>& column : columns) {
    if (column.people) column.cell = column.people;
  }
  return columns;
}

/// Of all columns together.
template <class Row>
[[nodiscard]] Needs needs_of(const std::vector<Column<Row>>& columns) {
  Needs needs;
  for (const Column<Row>& column : columns) needs = needs | column.needs;
  return needs;
}

}  // namespace vigie::views
