#include "views/stat_averages.hpp"

#include <algorithm>

namespace vigie::views {
namespace {

constexpr std::size_t time_column = 0, name_column = 1;

}  // namespace

void StatAverages::begin(const std::vector<Column<StatRow>>& columns) {
  metrics_.clear();
  rows_.clear();
  intervals_ = 0;
  for (const Column<StatRow>& column : columns) metrics_.push_back(column.metric);
}

void StatAverages::add(const format::Table& table, double seconds) {
  if (metrics_.size() <= name_column) return;
  ++intervals_;
  for (std::size_t at = 0; at < table.rows; ++at) {
    const std::string name = format::human(*metrics_[name_column], table.cell(at, name_column));
    auto row = std::ranges::find(rows_, name, &Row::name);
    if (row == rows_.end()) {
      const std::vector<double> nothing(metrics_.size());
      row = rows_.insert(rows_.end(), {.name = name, .sums = nothing, .seconds = nothing});
    }
    for (std::size_t column = name_column + 1; column < metrics_.size(); ++column) {
      const Cell cell = table.cell(at, column);
      const double* const number = std::get_if<double>(&cell);
      if (number == nullptr) continue;  // a CPU that was off for a while is averaged over the rest
      row->sums[column] += *number * seconds;
      row->seconds[column] += seconds;
    }
  }
}

format::Table StatAverages::table() const {
  format::Table table;
  table.metrics = metrics_;
  table.rows = rows_.size();
  table.cell = [this](std::size_t at, std::size_t column) -> Cell {
    const Row& row = rows_[at];
    if (column == time_column) return std::string_view("Average:");
    if (column == name_column) return std::string_view(row.name);
    if (row.seconds[column] <= 0) return Presence::unknown;
    return row.sums[column] / row.seconds[column];
  };
  return table;
}

}  // namespace vigie::views
