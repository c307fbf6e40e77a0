// Processes laid out below their parents, as `vigie tree` draws them.
#pragma once

#include <cstddef>
#include <unordered_map>
#include <vector>

#include "views/process_columns.hpp"

namespace vigie::views {

/// A set of processes as trees: a process whose parent is not in the set is a root. Each is in it once, whatever a
/// saved host claims: if processes are each other's ancestors, one is the root, the first given one if it is among
/// them.
class Forest {
 public:
  Forest(const Frame& frame, std::vector<std::size_t> processes);

  /// Appends the rows, the roots at depth 0; `under_head` draws them as branches of a row before them.
  void append_rows(std::vector<ProcessRow>& rows, bool under_head) const;

 private:
  void reach(std::size_t root, std::vector<bool>& reached) const;

  const Frame& frame_;
  std::vector<std::size_t> roots_;
  std::unordered_map<std::size_t, std::vector<std::size_t>> children_;
};

/// Appends the processes of the run with that index in the view; for people below a row with its name and state.
void append_run(std::vector<ProcessRow>& rows, const Frame& frame, std::size_t index, bool people);

/// The process and everything below it.
[[nodiscard]] std::vector<std::size_t> with_descendants(const Snapshot& snapshot, std::size_t root);

}  // namespace vigie::views
