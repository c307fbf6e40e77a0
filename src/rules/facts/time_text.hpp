// A time that is left, with its uncertainty, for people.
#pragma once

#include <string>

#include "rules/facts/trend.hpp"

namespace vigie::rules {

/// "about 4 min", "about 4 min (3 to 7 min)", "about 4 min (3 min, or never)".
[[nodiscard]] std::string time_text(const TimeLeft& left);

}  // namespace vigie::rules
