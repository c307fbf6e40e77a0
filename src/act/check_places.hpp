// The directories whose file systems the checklist looks at.
#pragma once

#include <cstddef>
#include <vector>

#include "rules/check/check.hpp"

namespace vigie::act {

/// The working directory of the user or of the target (its processes, as indices), and that of the runs' logs. Empty
/// for a saved or recorded host: this one's directories say nothing about it.
[[nodiscard]] rules::CheckPlaces check_places(const Frame& frame, const std::vector<std::size_t>& target);

}  // namespace vigie::act
