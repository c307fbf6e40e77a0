#include "wire/json_members.hpp"

#include <cmath>
#include <limits>

#include "model/metric_order.hpp"

namespace vigie::wire {

namespace {

/// As text_of_not_finite() writes it.
std::optional<double> not_finite_named(std::string_view word) {
  if (word == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (word == "inf") return std::numeric_limits<double>::infinity();
  if (word == "-inf") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

}  // namespace

void PutMembers::numbers(const char* name, const char* not_finite, const std::map<std::string, double>& values) {
  std::map<std::string, double> others;
  begin(name);
  json_.begin_object();
  for (const auto& [key, value] : values) {
    if (std::isfinite(value)) {
      json_.member(key, value);
    } else {
      others[key] = value;
    }
  }
  json_.end_object();
  if (others.empty()) return;
  begin(not_finite);
  json_.begin_object();
  for (const auto& [key, value] : others) json_.member(key, text_of_not_finite(value));
  json_.end_object();
}

void TakeMembers::numbers(const char* name, const char* not_finite, std::map<std::string, double>& values) {
  take(from_, name, values);
  const nlohmann::json* const others = find(not_finite);
  if (others == nullptr || !others->is_object()) return;
  for (const auto& [key, word] : others->items()) {
    if (!word.is_string()) continue;
    if (const std::optional<double> value = not_finite_named(word.get<std::string>())) values[key] = *value;
  }
}

}  // namespace vigie::wire
