// The wish for `vigie stat`: groups, then interval and count, as words.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "views/stat_columns.hpp"

namespace vigie::views {

/// As written on the command line.
struct StatWish {
  std::vector<std::string> words;  ///< GROUP... INTERVAL COUNT
  std::string interval = "1";      ///< where the words have none
  bool per_core = false;
  bool again = false;              ///< again and again
  std::string again_seconds = {};  ///< so often; empty: at the interval
};

struct StatRequest {
  std::vector<const StatGroup*> groups;  ///< none: the overview
  StatRows rows = StatRows::host;
  double interval_seconds = 1;
  std::size_t count = 1;  ///< 0: until interrupted

  /// What must be read of the host.
  [[nodiscard]] sys::Parts parts() const;
  [[nodiscard]] bool asks_gpus() const;
};

/// Kind usage when a word is none of these. A single group whose devices can be told apart has a row for each of them.
Result<StatRequest> stat_request(const StatWish& wish);

/// The name of rows of that kind in JSON.
[[nodiscard]] std::string_view name_of(StatRows rows);

}  // namespace vigie::views
