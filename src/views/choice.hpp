// Columns and an order of rows as a user names them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "views/column.hpp"

namespace vigie::views {

/// Vigie's name for the column that procps calls `name`; `name` itself when procps has none of that name.
[[nodiscard]] std::string_view without_alias(std::string_view name);

/// The error for a column that is not there, of kind usage: offers the nearest ones. `what`: of which rows, after "no
/// column"; with `aliases` the names of procps are near, too.
[[nodiscard]] std::unexpected<Error> no_column(std::string_view name, std::string_view what,
                                               const std::vector<std::string_view>& known, bool aliases);

/// Columns that a user may choose from.
template <class Row>
struct Choice {
  std::span<const Column<Row>> all;
  std::string_view what = {};  ///< " of processes that ended": ends the sentence "no column X"
  bool aliases = false;        ///< the names of procps are suggested, too

  /// By vigie's name, or by that of procps (`-o pcpu,rss,args`, ps(1)).
  [[nodiscard]] Result<Column<Row>> named(std::string_view name) const {
    const auto found = std::ranges::find(all, without_alias(name), &Column<Row>::name);
    if (found != all.end()) return *found;
    std::vector<std::string_view> known;
    for (const Column<Row>& column : all) known.push_back(column.name());
    return no_column(name, what, known, aliases);
  }

  [[nodiscard]] Result<std::vector<Column<Row>>> named(const std::vector<std::string>& names) const {
    std::vector<Column<Row>> columns;
    for (const std::string& name : names) {
      ASSIGN_OR_RETURN(Column<Row> column, named(std::string_view(name)));
      columns.push_back(std::move(column));
    }
    return columns;
  }
};

/// One column to sort by.
template <class Row>
struct SortKey {
  Column<Row> column;
  bool descending = false;
};

/// A key as a user writes it: "rss_bytes" and "+rss_bytes" ascending, "-rss_bytes" descending.
struct WrittenKey {
  explicit WrittenKey(std::string_view text)
      : name(text.substr(text.starts_with('-') || text.starts_with('+') ? 1 : 0)), descending(text.starts_with('-')) {}

  std::string_view name;
  bool descending;
};

/// The keys that a user has written, of these columns.
template <class Row>
[[nodiscard]] Result<std::vector<SortKey<Row>>> sort_keys(const Choice<Row>& columns,
                                                          const std::vector<std::string>& written) {
  std::vector<SortKey<Row>> keys;
  for (const std::string& text : written) {
    const WrittenKey key(text);
    ASSIGN_OR_RETURN(Column<Row> column, columns.named(key.name));
    keys.push_back({std::move(column), key.descending});
  }
  return keys;
}

[[nodiscard]] inline bool is_absent(const Cell& cell) {
  return std::holds_alternative<Presence>(cell);
}

/// Numbers by their value, text by its bytes.
[[nodiscard]] bool less(const Cell& a, const Cell& b);

/// By one column, stably; unknown values come last either way.
template <class Row>
void sort_by(std::vector<Row>& rows, const SortKey<Row>& key) {
  std::vector<std::pair<Cell, std::size_t>> cells;
  cells.reserve(rows.size());
  for (std::size_t index = 0; index < rows.size(); ++index) cells.emplace_back(key.column.cell(rows[index]), index);
  std::ranges::stable_sort(cells, [&](const auto& a, const auto& b) {
    if (is_absent(a.first) || is_absent(b.first)) return !is_absent(a.first) && is_absent(b.first);
    return key.descending ? less(b.first, a.first) : less(a.first, b.first);
  });
  std::vector<Row> sorted;
  sorted.reserve(rows.size());
  for (const auto& [cell, index] : cells) sorted.push_back(std::move(rows[index]));
  rows = std::move(sorted);
}

/// By several: the first decides, the next where it is equal.
template <class Row>
void sort_by(std::vector<Row>& rows, const std::vector<SortKey<Row>>& keys) {
  for (auto key = keys.rbegin(); key != keys.rend(); ++key) sort_by(rows, *key);
}

}  // namespace vigie::views
