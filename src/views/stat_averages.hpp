// Averages of `vigie stat` over all its intervals.
#pragma once

#include <string>
#include <vector>

#include "views/stat_columns.hpp"

namespace vigie::views {

/// Means of the numbers of each row, by the name in the column behind the time; longer intervals weigh more.
class StatAverages {
 public:
  /// Forgets everything: the table has these columns from here on, which must stay.
  void begin(const std::vector<Column<StatRow>>& columns);
  void add(const format::Table& table, double seconds);
  [[nodiscard]] std::size_t intervals() const { return intervals_; }
  /// One row each; it refers to this object.
  [[nodiscard]] format::Table table() const;

 private:
  struct Row {
    std::string name;
    std::vector<double> sums, seconds;  ///< per column
  };
  std::vector<const Metric*> metrics_;
  std::vector<Row> rows_;
  std::size_t intervals_ = 0;
};

}  // namespace vigie::views
