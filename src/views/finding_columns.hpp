// Rows about the results of rules, for why: findings, suspicions, and what changed since an earlier launch.
#pragma once

#include <vector>

#include "model/finding.hpp"
#include "rules/facts/relaunch.hpp"
#include "views/column.hpp"

namespace vigie::views {

[[nodiscard]] const std::vector<Column<Finding>>& finding_columns();
[[nodiscard]] const std::vector<Column<Suspicion>>& suspicion_columns();
[[nodiscard]] const std::vector<Column<rules::Relaunch>>& relaunch_columns();
[[nodiscard]] Paint paint_of(Severity severity);

}  // namespace vigie::views
