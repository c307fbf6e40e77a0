// Tracebacks as Python prints them, whatever a launcher, a logger or Rich made of them; pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vigie::rules {

constexpr std::string_view traceback_head = "Traceback (most recent call last):";

[[nodiscard]] constexpr bool has(std::string_view line, std::string_view text) {
  return line.find(text) != std::string_view::npos;
}

/// The lines with each traceback in plain form: the prefix of each of its lines ("[rank0]: ", a time, the name of a
/// logger) is taken away, lines of several ranks that alternate are put together, boxes of Rich are unfolded. All other
/// lines stay as they are, and in their order.
[[nodiscard]] std::vector<std::string> with_plain_tracebacks(const std::vector<std::string>& lines);

}  // namespace vigie::rules
