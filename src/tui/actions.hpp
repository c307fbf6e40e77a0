// The keys that are in force: those of the table, and what the configuration has instead.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "tui/keys.hpp"

namespace vigie::tui {

/// The names of keys that are separated by blanks.
[[nodiscard]] std::vector<std::string> names_in(std::string_view keys);

/// Its keys: those that the user gave it, or its own. Empty: none.
[[nodiscard]] std::string_view keys_of(const Binding& binding, const ViewState& state);

/// The keys of each action that the user changed, as ViewState has them. Errors, of kind usage, with file and line: an
/// action or a key that does not exist, with the nearest; a key that would do two things.
[[nodiscard]] Result<std::map<std::string, std::string>> key_map(const config::KeyChoices& choices);

}  // namespace vigie::tui
