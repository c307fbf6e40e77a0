// Sorting rows by what their cells say.
#pragma once

#include <algorithm>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "format/table.hpp"

namespace vigie::cli {

[[nodiscard]] inline bool is_absent(const format::Cell& cell) {
  return std::holds_alternative<Presence>(cell);
}

/// Numbers by their value, text by its bytes.
[[nodiscard]] inline bool less(const format::Cell& a, const format::Cell& b) {
  const auto text = [](const format::Cell& cell) -> std::string_view {
    if (const auto* view = std::get_if<std::string_view>(&cell)) return *view;
    if (const auto* own = std::get_if<std::string>(&cell)) return *own;
    return {};
  };
  const auto number = [](const format::Cell& cell) {
    if (const auto* integer = std::get_if<std::int64_t>(&cell)) return static_cast<double>(*integer);
    const auto* real = std::get_if<double>(&cell);
    return real != nullptr ? *real : 0.0;
  };
  const double left = number(a);
  const double right = number(b);
  if (left != right) return left < right;
  return text(a) < text(b);
}

/// By one column, stably; what is not known comes last either way.
template <class Row>
void sort_by(std::vector<Row>& rows, format::Cell (*cell)(const Row&), bool descending) {
  std::vector<std::pair<format::Cell, std::size_t>> keys;
  keys.reserve(rows.size());
  for (std::size_t index = 0; index < rows.size(); ++index) keys.emplace_back(cell(rows[index]), index);
  std::ranges::stable_sort(keys, [&](const auto& a, const auto& b) {
    if (is_absent(a.first) || is_absent(b.first)) return !is_absent(a.first) && is_absent(b.first);
    return descending ? less(b.first, a.first) : less(a.first, b.first);
  });
  std::vector<Row> sorted;
  sorted.reserve(rows.size());
  for (const auto& [key, index] : keys) sorted.push_back(std::move(rows[index]));
  rows = std::move(sorted);
}

}  // namespace vigie::cli
