// The one table of the keys of the configuration: parsing, `vigie config` and the guide's table come from it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "config/config.hpp"

namespace vigie::config {

/// Where the value of a key is in a configuration; its type is that of the key.
using Slot = std::variant<Number*, Word*, Words*, Truth*, KeyChoices*>;

struct KeyOfConfig {
  std::string_view name;     ///< "top.interval"
  std::string_view type;     ///< for people, after "wants": "a duration of at least 0.1 seconds: 2, \"500ms\""
  std::string_view choices;  ///< words that are allowed, separated by blanks; empty: any
  std::string_view meaning;
  Slot (*slot)(Config& config) = nullptr;
};

[[nodiscard]] std::span<const KeyOfConfig> keys_of_config();

/// One value in force, as TOML has it.
struct InForce {
  std::string name;
  std::string value;
  Origin origin;
  std::string_view meaning;
};

/// Every key in the order of the table; of the key bindings those that the user chose.
[[nodiscard]] std::vector<InForce> in_force(const Config& config);

/// A text, and a list of texts, as TOML has them.
[[nodiscard]] std::string in_toml(std::string_view raw);
[[nodiscard]] std::string in_toml(const std::vector<std::string>& texts);

}  // namespace vigie::config
