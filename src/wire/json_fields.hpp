#pragma once
/// Members of JSON objects into fields, without trusting the file: a number that its field cannot hold is an error,
/// where nlohmann's get<int>() would wrap it or convert a huge double, which is undefined ([conv.fpint]).
#include <cmath>
#include <concepts>
#include <cstdint>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

namespace vigie::wire {

/// @return The integer that `number` is; nullopt when it is not a number, not whole or does not fit `T`.
template <std::integral T>
[[nodiscard]] std::optional<T> integer_in(const nlohmann::json& number) {
  if (number.is_number_unsigned()) {
    const auto value = number.get<std::uint64_t>();
    return std::in_range<T>(value) ? std::optional<T>(static_cast<T>(value)) : std::nullopt;
  }
  if (number.is_number_integer()) {
    const auto value = number.get<std::int64_t>();
    return std::in_range<T>(value) ? std::optional<T>(static_cast<T>(value)) : std::nullopt;
  }
  return std::nullopt;
}

/// Sets `into` to the member `name` of `from`; leaves it as it was when the member is missing or null.
/// @throw nlohmann::json::exception when the member is of another type or out of the field's range.
template <class T>
void take(const nlohmann::json& from, const char* name, T& into) {
  const auto found = from.find(name);
  if (found == from.end() || found->is_null()) return;
  if constexpr (std::integral<T> && !std::same_as<T, bool>) {
    const std::optional<T> value = integer_in<T>(*found);
    if (!value)
      throw nlohmann::json::type_error::create(302, std::string(name) + " is not a number it can be",
                                               found.operator->());
    into = *value;
  } else {
    into = found->template get<T>();
  }
}

template <class T>
void take(const nlohmann::json& from, const char* name, std::optional<T>& into) {
  const auto found = from.find(name);
  if (found == from.end() || found->is_null()) return;
  T value{};
  take(from, name, value);
  into = std::move(value);
}

}  // namespace vigie::wire
