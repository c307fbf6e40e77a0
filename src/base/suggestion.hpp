// "did you mean": the names that a misspelt one is near to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vigie {

/// "; did you mean ps or ls?" for a misspelt name: the nearest of `names`, at most three; empty when none is near.
[[nodiscard]] std::string suggestion(std::string_view wanted, const std::vector<std::string>& names);

}  // namespace vigie
