#include "tui/actions.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/suggestion.hpp"
#include "base/text.hpp"

namespace vigie::tui {
namespace {

/// All keys that have a name of more than one character.
std::vector<std::string> long_names() {
  std::vector<std::string> names{"Space", "Ctrl-A"};
  for (auto code = static_cast<int>(Key::Code::up); code <= static_cast<int>(Key::Code::f10); ++code)
    names.push_back(name_of({.code = static_cast<Key::Code>(code)}));
  return names;
}

std::unexpected<Error> wrong_key(const config::KeyChoice& choice, const std::string& what) {
  return fail(fmt::format("{}: top.keys.{}: {}", config::describe(choice.origin), safe_text(choice.action), what),
              ErrorKind::usage);
}

/// The keys of one choice, by the names that vigie has for them.
Result<std::string> keys_of_choice(const config::KeyChoice& choice) {
  std::string keys;
  for (const std::string& written : choice.keys) {
    const Key key = key_named(written);
    if (key.code == Key::Code::none) {
      return wrong_key(choice,
                       fmt::format("there is no key \"{}\"{}", safe_text(written), suggestion(written, long_names())));
    }
    keys += (keys.empty() ? "" : " ") + name_of(key);
  }
  return keys;
}

const config::KeyChoice* choice_of(const config::KeyChoices& choices, std::string_view action) {
  const auto found = std::ranges::find(choices, action, &config::KeyChoice::action);
  return found == choices.end() ? nullptr : &*found;
}

/// One key does one thing, by default or by choice: else a key in people's fingers would do what they do not expect.
Result<void> check_conflicts(const config::KeyChoices& choices, const ViewState& state) {
  std::map<std::string, std::string> owners;
  for (const ScreenView& screen : screens()) owners.emplace(std::string(1, screen.key), "the screens");
  for (const Binding& binding : bindings()) {
    const std::string action(binding.action);
    for (const std::string& key : names_in(keys_of(binding, state))) {
      const auto [owner, is_new] = owners.emplace(key, action);
      if (is_new) continue;
      const config::KeyChoice* chosen = choice_of(choices, action);
      const std::string& other = chosen != nullptr ? owner->second : action;
      if (chosen == nullptr) chosen = choice_of(choices, owner->second);
      if (chosen == nullptr) continue;
      return wrong_key(*chosen,
                       fmt::format("\"{}\" is a key of {}, too; give each key to one action", safe_text(key), other));
    }
  }
  return {};
}

}  // namespace

std::vector<std::string> names_in(std::string_view keys) {
  std::vector<std::string> words;
  while (!keys.empty()) {
    const std::size_t end = std::min(keys.find(' '), keys.size());
    words.emplace_back(keys.substr(0, end));
    keys.remove_prefix(std::min(end + 1, keys.size()));
  }
  return words;
}

std::string_view keys_of(const Binding& binding, const ViewState& state) {
  if (state.keys.empty()) return binding.keys;
  const auto changed = state.keys.find(std::string(binding.action));
  return changed == state.keys.end() ? binding.keys : std::string_view(changed->second);
}

Result<std::map<std::string, std::string>> key_map(const config::KeyChoices& choices) {
  ViewState state;
  for (const config::KeyChoice& choice : choices) {
    if (std::ranges::find(bindings(), choice.action, &Binding::action) == bindings().end()) {
      std::vector<std::string> names;
      for (const Binding& binding : bindings()) names.emplace_back(binding.action);
      return fail(fmt::format("{}: top.keys has no action {}{}", config::describe(choice.origin),
                              safe_text(choice.action), suggestion(choice.action, names)),
                  ErrorKind::usage);
    }
    ASSIGN_OR_RETURN(state.keys[choice.action], keys_of_choice(choice));
  }
  RETURN_IF_ERROR(check_conflicts(choices, state));
  return std::move(state.keys);
}

}  // namespace vigie::tui
