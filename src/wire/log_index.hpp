// When the bytes of a run's log were printed: output.index, one entry a second at most while there is output.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/fd.hpp"

namespace vigie::wire {

/// From `offset` on (until the next entry's) the log was printed at `wall_ns`, or less than a second later.
struct LogMoment {
  std::uint64_t offset = 0;
  std::int64_t wall_ns = 0;
};

/// Written by the recorder. Bounded: when it is full it is thinned, old entries more than new ones. The output of an
/// entry that goes counts as printed when that of the next one was, so that a search never begins too late.
class LogIndex {
 public:
  explicit LogIndex(std::string directory);

  /// Output comes, which begins at `offset` of the log; everything before `log_begin` is gone.
  void note(std::uint64_t offset, std::int64_t wall_ns, std::uint64_t log_begin);

 private:
  void thin(std::uint64_t log_begin);

  std::string directory_;
  Fd file_;
  std::uint64_t entries_ = 0;
  std::uint64_t thin_at_;  ///< with so many
  std::int64_t last_ns_ = 0;
};

/// Where in the log of `directory` to begin so that everything printed from `wall_ns` on is shown, and as little as
/// possible before it; `log_end` when all is older, nothing when there is no index.
[[nodiscard]] std::optional<std::uint64_t> offset_since(const std::string& directory, std::int64_t wall_ns,
                                                        std::uint64_t log_end);

}  // namespace vigie::wire
