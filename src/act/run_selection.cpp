#include "act/run_selection.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "base/suggestion.hpp"
#include "base/text.hpp"

namespace vigie::act {
namespace {

std::unexpected<Error> no_state(const std::string& name) {
  std::vector<std::string> names;
  for (std::size_t i = 0; run_state_named(name_of(static_cast<RunState>(i))) == static_cast<RunState>(i); ++i)
    names.emplace_back(name_of(static_cast<RunState>(i)));
  const std::string near = suggestion(name, names);
  return fail(fmt::format("no state \"{}\"{}", safe_text(name),
                          near.empty() ? fmt::format("; there are {}", fmt::join(names, ", ")) : near),
              ErrorKind::usage);
}

}  // namespace

Result<RunSelection> RunSelection::of(const std::string& pattern, const std::vector<std::string>& states) {
  RunSelection selection;
  if (!pattern.empty()) {
    ASSIGN_OR_RETURN(selection.pattern_,
                     Pattern::compile(std::string_view(pattern).substr(pattern.front() == '%' ? 1 : 0)));
  }
  for (const std::string& name : states) {
    const std::optional<RunState> state = run_state_named(name);
    if (!state) return no_state(name);
    selection.states_.push_back(*state);
  }
  return selection;
}

bool RunSelection::wants(const Run& run) const {
  if (!states_.empty() && std::ranges::find(states_, run.state) == states_.end()) return false;
  return !pattern_ || pattern_->matches(run.name) || pattern_->matches(run.id) || pattern_->matches(run.command);
}

}  // namespace vigie::act
