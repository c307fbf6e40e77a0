// Rows about the environment of processes, for env.
#pragma once

#include <string_view>
#include <vector>

#include "model/frame.hpp"
#include "views/column.hpp"

namespace vigie::views {

struct Variable {
  pid_t pid = 0;
  std::string_view name;
  Cell value;  ///< denied: it looks like a token, key or password
};

/// Of the processes that were read in depth; with `secrets` the values that look secret, too.
[[nodiscard]] std::vector<Variable> variable_rows(const Frame& frame, bool secrets);
[[nodiscard]] const std::vector<Column<Variable>>& variable_columns();

}  // namespace vigie::views
