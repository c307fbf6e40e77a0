#include "model/trace.hpp"

#include <string.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

namespace vigie {
namespace {

/// Below 4 each number has a class; above, a class is the exponent and the two bits that follow the first.
std::size_t class_of(std::uint64_t duration) {
  if (duration < 4) return duration;
  const auto exponent = static_cast<std::size_t>(std::bit_width(duration)) - 1;
  return (exponent - 1) * 4 + ((duration >> (exponent - 2)) & 3);
}

/// The longest duration of a class.
std::int64_t end_of_class(std::size_t index) {
  if (index < 4) return static_cast<std::int64_t>(index);
  const std::size_t exponent = index / 4 + 1;
  return static_cast<std::int64_t>(((std::uint64_t{5} + index % 4) << (exponent - 2)) - 1);
}

}  // namespace

void Durations::add(std::int64_t nanoseconds) {
  ++classes_[class_of(static_cast<std::uint64_t>(std::max<std::int64_t>(nanoseconds, 0)))];
  ++count_;
}

std::int64_t Durations::quantile(double part) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(part * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t index = 0; index < classes_.size(); ++index) {
    seen += classes_[index];
    if (seen > 0 && seen >= wanted) return end_of_class(index);
  }
  return 0;
}

std::string name_of_error(int errno_value) {
  const char* const name = ::strerrorname_np(errno_value);
  return name != nullptr ? std::string(name) : fmt::format("error {}", errno_value);
}

std::string_view name_of(Untraced why) {
  switch (why) {
    case Untraced::self: return "it is vigie itself";
    case Untraced::ancestor: return "vigie was started by it";
    case Untraced::keeper: return "it keeps a run";
    case Untraced::denied: return "it may not be traced";
  }
  return "it may not be traced";
}

std::uint64_t count_of(const std::vector<ErrorCount>& errors) {
  return std::accumulate(errors.begin(), errors.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const ErrorCount& error) { return sum + error.count; });
}

}  // namespace vigie
