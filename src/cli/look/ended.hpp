// vigie ps --ended: processes that ended, however short they lived.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "act/process_selection.hpp"
#include "base/result.hpp"
#include "cli/look.hpp"

namespace vigie::cli {

/// The options of `vigie ps` that go with --ended.
struct EndedOptions {
  LookOptions look;
  std::vector<std::string> columns;  ///< empty: the usual ones
  std::vector<std::string> sort;     ///< empty: by time of their end
  std::size_t count = 0;             ///< at most so many of each look; 0: all
  bool pids = false;
};

/// Looks for the interval, and with -w again and again. Its error is of kind denied or failed where the kernel does not
/// tell vigie about the ends of processes.
Result<int> look_at_ended(const act::ProcessSelection& which, const EndedOptions& options);

}  // namespace vigie::cli
