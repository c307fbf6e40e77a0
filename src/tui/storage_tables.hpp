// The tables of the screen of disks and network.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/frame.hpp"
#include "tui/text_table.hpp"

namespace vigie::tui {

/// Disks that were ever used, the busiest first; partitions are part of them.
[[nodiscard]] TextTable table_of_disks(const Frame& frame, int columns);

/// File systems, the fullest first: by room or by the number of files, whichever is nearer to its end. Those that did
/// not answer come before all others.
[[nodiscard]] TextTable table_of_mounts(const Frame& frame, int columns);

/// Interfaces, the busiest first; those that are down and idle are left out.
[[nodiscard]] TextTable table_of_interfaces(const Frame& frame, int columns);

/// Who reads and writes.
struct Causers {
  TextTable table;
  std::string note;  ///< of whom it is not known; empty: of nobody
};
/// Processes that read or write storage now, those with the most first; at most so many.
[[nodiscard]] Causers causers_of_io(const Frame& frame, std::size_t most);
/// Processes with TCP connections, those with the most traffic first; empty where sockets were not read.
[[nodiscard]] TextTable table_of_traffic(const Frame& frame);

}  // namespace vigie::tui
