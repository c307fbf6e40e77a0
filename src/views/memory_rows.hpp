// Rows about the host's memory, for mem: where it is, how much could be had back, which processes hold most.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/frame.hpp"
#include "views/column.hpp"

namespace vigie::views {

/// One kind of memory. Values that a kind does not have are unsupported.
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
