// Rows about the checklist, for check.
#pragma once

#include <string>
#include <vector>

#include "rules/check/check.hpp"
#include "views/column.hpp"

namespace vigie::views {

[[nodiscard]] const std::vector<Column<rules::CheckItem>>& check_columns();
[[nodiscard]] Paint paint_of(rules::CheckStatus status);

/// "1 critical, 3 warnings, 18 ok, 1 not known"
[[nodiscard]] std::string summary_of(const std::vector<rules::CheckItem>& items);

/// What needs a person first: critical, warning, then what could not be looked at, then what is well.
void worst_first(std::vector<rules::CheckItem>& items);

}  // namespace vigie::views
