// Where in the log of a run its second and later attempts begin, from its events.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace vigie::wire {

struct AttemptMark {
  unsigned attempt = 0;
  std::uint64_t offset = 0;  ///< of the first byte that it printed
  std::string time;          ///< RFC 3339
};

/// Written by the recorder of an attempt that begins, whose output will begin at that offset.
Result<void> mark_attempt(const std::string& directory, unsigned attempt, std::uint64_t offset);

/// By offset. Empty when there are none, or they cannot be read.
[[nodiscard]] std::vector<AttemptMark> attempt_marks(const std::string& directory);

}  // namespace vigie::wire
