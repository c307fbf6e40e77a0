// The checklist for people.
#pragma once

#include <string>
#include <vector>

#include "format/table.hpp"
#include "rules/check/check.hpp"

namespace vigie::views {

/// The summary, then the items, the worst first. On a terminal the advice is folded beside each item, or below it where
/// there is no room.
[[nodiscard]] std::string check_text(std::vector<rules::CheckItem> items, const format::TextOptions& options);

}  // namespace vigie::views
