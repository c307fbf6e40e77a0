#include "rules/facts/time_text.hpp"

#include <cmath>

#include <fmt/format.h>

#include "base/units.hpp"

namespace vigie::rules {

std::string time_text(const TimeLeft& left) {
  // "about" says a fifth more or less.
  constexpr double sure = 0.2;
  std::string about = "about " + human_duration(left.seconds);
  if (!std::isfinite(left.latest))
    return fmt::format("{} (not before {}; it may stop)", about, human_duration(left.earliest));
  if (left.latest <= left.seconds * (1 + sure) && left.earliest >= left.seconds * (1 - sure)) return about;
  return fmt::format("{} ({} to {})", about, human_duration(left.earliest), human_duration(left.latest));
}

}  // namespace vigie::rules
