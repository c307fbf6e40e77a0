// The reader of progress that keepers of runs have, for output that lies in a file.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "keep/progress/progress_tracker.hpp"
#include "model/run.hpp"

namespace vigie::act {

/// As Wanted::read_progress wants it.
inline std::optional<Progress> read_progress(std::string_view output, std::int64_t wall_ns) {
  constexpr int rows = 50, columns = 200;
  keep::ProgressTracker tracker(rows, columns);
  tracker.write("\x1b[20h", 0);  // no terminal has made two characters of the end of a line
  tracker.write(output, wall_ns);
  return tracker.latest();
}

}  // namespace vigie::act
