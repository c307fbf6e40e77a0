#include "config/config.hpp"

#include <cmath>
#include <cstdlib>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/suggestion.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "config/keys.hpp"
#include "config/toml_text.hpp"

namespace vigie::config {
namespace {

constexpr double least_seconds = 0.1, most_seconds = 24 * 60 * 60;
constexpr std::string_view bindings_table = "top.keys.";

/// One value of a file on its way into the configuration.
struct Taking {
  const TomlEntry& entry;
  const KeyOfConfig& key;
  const std::string& path;

  [[nodiscard]] Origin origin() const { return {.kind = Origin::Kind::file, .name = path, .line = entry.place.line}; }

  [[nodiscard]] std::unexpected<Error> wrong(std::string_view got) const {
    std::string wanted(key.type);
    if (!key.choices.empty()) wanted = "one of " + std::string(key.choices);
    return fail(fmt::format("{}:{}:{}: {} wants {}, not {}", path, entry.place.line, entry.place.column,
                            safe_text(entry.key), wanted, safe_text(got)),
                ErrorKind::usage);
  }

  Result<void> operator()(Number* into) const {
    std::optional<double> seconds;
    if (const auto* const whole = std::get_if<std::int64_t>(&entry.value)) seconds = static_cast<double>(*whole);
    if (const auto* const number = std::get_if<double>(&entry.value)) seconds = *number;
    if (const auto* const text = std::get_if<std::string>(&entry.value)) {
      const Result<double> parsed = parse_duration(*text);
      if (!parsed) return wrong(in_toml(*text));
      seconds = *parsed;
    }
    if (!seconds) return wrong(kind_of(entry.value));
    if (!(*seconds >= least_seconds && *seconds <= most_seconds)) return wrong(fmt::format("{}", *seconds));
    *into = {.value = *seconds, .origin = origin()};
    return {};
  }

  [[nodiscard]] bool is_allowed(std::string_view word) const {
    const std::string all = fmt::format(" {} ", key.choices);
    return key.choices.empty() || (!word.contains(' ') && all.contains(fmt::format(" {} ", word)));
  }

  Result<void> operator()(Word* into) const {
    const auto* const text = std::get_if<std::string>(&entry.value);
    if (text == nullptr) return wrong(kind_of(entry.value));
    if (text->empty() || !is_allowed(*text)) return wrong(in_toml(*text));
    *into = {.value = *text, .origin = origin()};
    return {};
  }

  Result<void> operator()(Words* into) const {
    const auto* const list = std::get_if<std::vector<std::string>>(&entry.value);
    if (list == nullptr) return wrong(kind_of(entry.value));
    *into = {.value = *list, .origin = origin()};
    return {};
  }

  Result<void> operator()(Truth* into) const {
    const auto* const truth = std::get_if<bool>(&entry.value);
    if (truth == nullptr) return wrong(kind_of(entry.value));
    *into = {.value = *truth, .origin = origin()};
    return {};
  }

  Result<void> operator()(KeyChoices* into) const {
    KeyChoice choice{.action = entry.key.substr(bindings_table.size()), .keys = {}, .origin = origin()};
    if (const auto* const one = std::get_if<std::string>(&entry.value)) {
      choice.keys.push_back(*one);
    } else if (const auto* const list = std::get_if<std::vector<std::string>>(&entry.value)) {
      choice.keys = *list;
    } else {
      return wrong(kind_of(entry.value));
    }
    into->push_back(std::move(choice));
    return {};
  }
};

const KeyOfConfig* key_named(std::string_view name) {
  const bool binding = name.starts_with(bindings_table);
  for (const KeyOfConfig& key : keys_of_config()) {
    const bool is_bindings = key.name == "top.keys";
    if (binding ? is_bindings : key.name == name && !is_bindings) return &key;
  }
  return nullptr;
}

std::unexpected<Error> unknown(const TomlEntry& entry, const std::string& path) {
  std::vector<std::string> names;
  for (const KeyOfConfig& key : keys_of_config()) names.emplace_back(key.name);
  return fail(fmt::format("{}:{}:{}: there is no key {}{}", path, entry.place.line, entry.place.column,
                          safe_text(entry.key), suggestion(entry.key, names)),
              ErrorKind::usage);
}

}  // namespace

std::string describe(const Origin& origin) {
  switch (origin.kind) {
    case Origin::Kind::built_in: return "built in";
    case Origin::Kind::file: return fmt::format("{}:{}", origin.name, origin.line);
    case Origin::Kind::kept: return fmt::format("{}:{} (chosen in vigie top)", origin.name, origin.line);
    case Origin::Kind::environment:
    case Origin::Kind::option: return origin.name;
  }
  return {};
}

Result<void> take_text(Config& config, std::string_view text, const std::string& path) {
  Result<std::vector<TomlEntry>> entries = parse_toml(text);
  if (!entries) return fail(path + ":" + safe_text(entries.error().message), ErrorKind::usage);
  for (const TomlEntry& entry : *entries) {
    const KeyOfConfig* const key = key_named(entry.key);
    if (key == nullptr) return unknown(entry, path);
    RETURN_IF_ERROR(std::visit(Taking{.entry = entry, .key = *key, .path = path}, key->slot(config)));
  }
  return {};
}

void take_environment(Config& config) {
  const char* const none = std::getenv("NO_COLOR");
  if (none == nullptr || *none == '\0') return;
  config.top.colour = {.value = "never", .origin = {.kind = Origin::Kind::environment, .name = "NO_COLOR"}};
}

Result<Config> read_config() {
  ASSIGN_OR_RETURN(const std::string path, config_path());
  ASSIGN_OR_RETURN(const std::string text, read_config_text(path));
  Config config;
  RETURN_IF_ERROR(take_text(config, text, path));
  take_environment(config);
  return config;
}

}  // namespace vigie::config
