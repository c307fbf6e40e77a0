// Numbers that people write.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>
#include <system_error>

namespace vigie {

/// The decimal number that the whole of `text` is, when `T` can hold it: "12" is, "12x", "+12" and "" are not.
template <std::integral T>
[[nodiscard]] std::optional<T> whole_number(std::string_view text) {
  T number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace vigie
