// A training's metrics: which is read first, and those that are no numbers.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vigie {

/// Metrics, the foremost first: the loss, its parts and what else is measured, the learning rate, the rest; each kind
/// by name.
[[nodiscard]] std::vector<std::pair<std::string, double>> foremost_first(const std::map<std::string, double>& metrics);
/// Drops all but so many of the foremost.
void keep_foremost(std::map<std::string, double>& metrics, std::size_t most);

/// "nan", "inf", "-inf": of a number that is not finite, which JSON cannot write.
[[nodiscard]] std::string_view text_of_not_finite(double value);

}  // namespace vigie
