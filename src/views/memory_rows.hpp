// Rows about the host's memory, for mem: where it is, what could be had back, who holds most.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/frame.hpp"
#include "views/column.hpp"

namespace vigie::views {

/// One kind of memory. What a kind does not have is unsupported.
struct MemoryRow {
  std::string name;
  Cell total = Presence::unsupported;
  Cell used = Presence::unsupported;
  Cell free = Presence::unsupported;
  Cell available = Presence::unsupported;
  Cell in = Presence::unsupported;
  Cell out = Presence::unsupported;
  std::string remark;
};

/// With the `consumers` largest runs and processes at the end. Empty where /proc/meminfo could not be read.
[[nodiscard]] std::vector<MemoryRow> memory_rows(const Frame& frame, std::size_t consumers);

/// People read the traffic of swap in its remark.
[[nodiscard]] std::vector<Column<MemoryRow>> memory_columns(bool people);

}  // namespace vigie::views
