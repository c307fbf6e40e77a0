// How a user says that a program writes its progress: vigie run --progress REGEX.
#pragma once

#include <optional>
#include <string_view>

#include "base/regex.hpp"
#include "model/run.hpp"

namespace vigie::keep {

/// The expression, with a named group step, percent or epoch at least; the others are those of ProgressFormat, and any
/// other group is a metric. An error of use when it is none.
[[nodiscard]] Result<Regex> progress_pattern(std::string_view pattern);
/// The progress in a line that it matches.
[[nodiscard]] std::optional<Progress> parse_with(const Regex& pattern, std::string_view line);

}  // namespace vigie::keep
