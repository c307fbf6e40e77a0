// Numbers in the text files of /proc, read by hand: they come by the thousand.
#pragma once

#include <cstdint>
#include <string_view>

namespace vigie::proc {

/// Reads a number of that base (8, 10 or 16, lower case) off the front of `text`; false when there is none or it does
/// not fit 64 bits.
[[nodiscard]] inline bool take_number(std::string_view& text, unsigned base, std::uint64_t& value) {
  std::size_t at = 0;
  std::uint64_t sum = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    unsigned digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<unsigned>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<unsigned>(c - 'a') + 10;
    } else {
      break;
    }
    if (digit >= base) break;
    if (sum > (~std::uint64_t{0} - digit) / base) return false;
    sum = sum * base + digit;
  }
  if (at == 0) return false;
  value = sum;
  text.remove_prefix(at);
  return true;
}

/// Skips blanks and tabs.
inline void skip_blanks(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
}

}  // namespace vigie::proc
