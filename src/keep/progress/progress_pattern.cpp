#include "keep/progress/progress_pattern.hpp"

#include <algorithm>
#include <array>

#include "keep/progress/progress_formats.hpp"
#include "keep/progress/progress_values.hpp"

namespace vigie::keep {

Result<Regex> progress_pattern(std::string_view pattern) {
  ASSIGN_OR_RETURN(Regex regex, Regex::compile(pattern));
  constexpr std::array<std::string_view, 3> needed = {"step", "percent", "epoch"};
  if (std::ranges::find_first_of(regex.names(), needed) == regex.names().end())
    return fail(
        "a pattern of progress needs a group that is named step, percent or epoch, as in "
        "'at (?<step>\\d+) of (?<total>\\d+)'",
        ErrorKind::usage);
  return regex;
}

std::optional<Progress> parse_with(const Regex& pattern, std::string_view line) {
  const auto groups = pattern.search(line.substr(0, longest_line));
  std::optional<Progress> progress = groups ? progress_of(*groups) : std::nullopt;
  if (progress) progress->eta_of_run = progress->eta_seconds.has_value();
  return progress;
}

}  // namespace vigie::keep
