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

/// The worst first: critical, warning, then items that could not be looked at, then those that are well.
void worst_first(std::vector<rules::CheckItem>& items);

}  // namespace vigie::views
