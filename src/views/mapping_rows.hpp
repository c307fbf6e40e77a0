// Rows about the memory of processes, for maps: every mapping, or what all of one kind take together.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "model/frame.hpp"
#include "views/column.hpp"

namespace vigie::views {

/// All mappings of one kind, or all.
struct MappingTotalRow {
  std::string_view category;
  MappingTotal total;
  Reading<std::int64_t> growth;
};

struct MappingRow {
  pid_t pid = 0;
  const Mapping* mapping = nullptr;
  Reading<std::int64_t> growth;
};

/// Rows with their growth since the first look: that of every interval added up.
class MappingGrowth {
 public:
  /// A row for each mapping.
  [[nodiscard]] std::vector<MappingRow> rows(const Frame& frame);
  /// A row for each kind of which there is a mapping, and their sum at the end.
  [[nodiscard]] std::vector<MappingTotalRow> totals(const Frame& frame);

 private:
  std::array<Reading<std::int64_t>, mapping_kinds> kinds_;
  std::map<std::pair<pid_t, std::uint64_t>, std::int64_t> mappings_;  ///< by process and address
};

[[nodiscard]] std::vector<Column<MappingRow>> mapping_columns();
[[nodiscard]] std::vector<Column<MappingTotalRow>> mapping_total_columns();

}  // namespace vigie::views
