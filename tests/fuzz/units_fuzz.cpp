// Any text as a size, a duration or a pattern: refused with a sentence or understood, and never negative.
#include <cmath>

#include "base/units.hpp"
#include "cli/pattern.hpp"
#include "input.hpp"

FUZZ(text) {
  if (const auto size = vigie::parse_size(text)) must(vigie::human_bytes(static_cast<double>(*size)) != "-");
  if (const auto seconds = vigie::parse_duration(text)) must(*seconds >= 0 && !std::isnan(*seconds));
  if (text.size() > 64) return;  // libc's expressions take memory and time without bounds
  if (text.find('{') != std::string_view::npos) return;
  if (const auto pattern = vigie::cli::Pattern::compile(text)) static_cast<void>(pattern->matches("python3 train.py"));
}
