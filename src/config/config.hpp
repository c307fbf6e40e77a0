// What the user has configured: each value, and where it is from. Precedence: option, environment, file, built in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace vigie::config {

struct Origin {
  enum class Kind : std::uint8_t { built_in, kept, file, environment, option };
  Kind kind = Kind::built_in;
  std::string name = {};  ///< of the file, with its path, of the variable, or of the option
  unsigned line = 0;      ///< in the file, from 1
};

/// "built in", "/home/a/.config/vigie/config.toml:3", "NO_COLOR", "--interval"; raw.
[[nodiscard]] std::string describe(const Origin& origin);

template <class T>
struct Setting {
  T value = {};
  Origin origin = {};

  [[nodiscard]] bool is_chosen() const { return origin.kind != Origin::Kind::built_in; }
};

/// The keys that the user gave to an action of vigie top; none: no key does it.
struct KeyChoice {
  std::string action;
  std::vector<std::string> keys;
  Origin origin;
};

using Number = Setting<double>;
using Word = Setting<std::string>;
using Words = Setting<std::vector<std::string>>;
using Truth = Setting<bool>;
using KeyChoices = std::vector<KeyChoice>;

/// [top]
struct TopConfig {
  Number interval_seconds{.value = 2};
  Word symbols{.value = "braille"};
  Word colour{.value = "auto"};
  Word sort{.value = "cpu_percent"};
  Words columns;  ///< empty: those that fit
  Truth read_only;
  KeyChoices keys;  ///< [top.keys]
};

struct Config {
  TopConfig top;
};

/// Takes the values of a text into the configuration; `path` is for messages and origins. What the text does not name
/// stays. Errors, of kind usage, begin with the path and the line: no TOML; a key that does not exist, with the
/// nearest; a value of another type or beyond what is allowed.
[[nodiscard]] Result<void> take_text(Config& config, std::string_view text, const std::string& path);

/// What the environment says beside the file: NO_COLOR (no-color.org).
void take_environment(Config& config);

/// $XDG_CONFIG_HOME/vigie/config.toml, or ~/.config/vigie/config.toml. Errors: the home directory is not known.
[[nodiscard]] Result<std::string> config_path();

/// A file's text; "" when there is none. Refused, of kind denied: it belongs to neither this user nor root, others may
/// write it, or it is no regular file.
[[nodiscard]] Result<std::string> read_config_text(const std::string& path);

/// What is in force without options: built in, the file, the environment.
[[nodiscard]] Result<Config> read_config();

}  // namespace vigie::config
