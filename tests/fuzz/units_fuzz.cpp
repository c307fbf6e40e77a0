// Any text as a size or a duration: refused with a sentence or understood, and never negative. Patterns are left to
// libc: its regcomp takes memory without bounds for a row of repetitions, which only who typed them suffers from.
#include "base/units.hpp"

#include <cmath>

#include "input.hpp"

FUZZ(text) {
  if (const auto size = vigie::parse_size(text)) must(vigie::human_bytes(static_cast<double>(*size)) != "-");
  if (const auto seconds = vigie::parse_duration(text)) must(*seconds >= 0 && !std::isnan(*seconds));
}
