// Critical items of the checklist, explained by the diagnosis: both speak of the same facts.
#pragma once

#include <span>
#include <vector>

#include "model/finding.hpp"
#include "model/frame.hpp"
#include "rules/check/check.hpp"

namespace vigie::rules {

/// Whether a finding says what is behind an item of the checklist.
[[nodiscard]] bool explains(const Finding& finding, const CheckItem& item);

/// A finding about the host for each item that is critical and that none of `findings` explains, with the runs and
/// processes that cause it, where they can be seen.
[[nodiscard]] std::vector<Finding> unexplained_criticals(const Frame& frame, std::span<const CheckItem> items,
                                                         std::span<const Finding> findings);

}  // namespace vigie::rules
