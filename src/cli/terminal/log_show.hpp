// Shows the log of a run on standard output, as far as it is or as it grows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace vigie::cli {

struct LogRequest {
  bool raw = false;                                ///< the bytes, not the view
  bool follow = false;                             ///< go on until the run is over
  std::optional<std::size_t> lines = {};           ///< only the last ones
  std::optional<std::int64_t> since_wall_ns = {};  ///< only what was printed from then on, to the second
};

/// The part of `text` that holds its last lines.
[[nodiscard]] std::string_view last_lines(std::string_view text, std::size_t lines);

/// Until the log's present end, or with `follow` the end of the run in `directory`.
Result<void> show_log(const std::string& directory, const LogRequest& request);

}  // namespace vigie::cli
