#include "config/keys.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/json_writer.hpp"

namespace vigie::config {
namespace {

// clang-format off
constexpr std::array table{
    KeyOfConfig{"top.interval", "a duration of at least 0.1 seconds, as 2 or \"500ms\"", "",
                "how often vigie top reads everything",
                [](Config& config) -> Slot { return &config.top.interval_seconds; }},
    KeyOfConfig{"top.symbols", "a word", "braille block ascii", "what its graphs are made of",
                [](Config& config) -> Slot { return &config.top.symbols; }},
    KeyOfConfig{"top.colour", "a word", "auto never", "its colours: those that the terminal has, or none",
                [](Config& config) -> Slot { return &config.top.colour; }},
    KeyOfConfig{"top.sort", "the name of a column", "",
                "the order of processes: a column of vigie ps, with + or - before it ascending or descending",
                [](Config& config) -> Slot { return &config.top.sort; }},
    KeyOfConfig{"top.columns", "a list of names of columns", "",
                "the columns of processes, as vigie ps -o has them; without it those that fit",
                [](Config& config) -> Slot { return &config.top.columns; }},
    KeyOfConfig{"top.read_only", "true or false", "", "no key acts on a process or a run",
                [](Config& config) -> Slot { return &config.top.read_only; }},
    KeyOfConfig{"top.keys", "a key or a list of keys", "", "the keys of an action: top.keys.ACTION",
                [](Config& config) -> Slot { return &config.top.keys; }},
};
// clang-format on

void append(std::vector<InForce>& list, const KeyOfConfig& key, std::string value, const Origin& origin) {
  list.push_back({.name = std::string(key.name), .value = std::move(value), .origin = origin, .meaning = key.meaning});
}

struct Appending {
  std::vector<InForce>& list;
  const KeyOfConfig& key;

  void operator()(const Number* number) const { append(list, key, fmt::format("{}", number->value), number->origin); }
  void operator()(const Word* word) const { append(list, key, in_toml(word->value), word->origin); }
  void operator()(const Words* words) const { append(list, key, in_toml(words->value), words->origin); }
  void operator()(const Truth* truth) const { append(list, key, truth->value ? "true" : "false", truth->origin); }
  void operator()(const KeyChoices* choices) const {
    for (const KeyChoice& one : *choices) {
      append(list, key, in_toml(one.keys), one.origin);
      list.back().name += "." + one.action;
    }
  }
};

}  // namespace

std::span<const KeyOfConfig> keys_of_config() {
  return table;
}

std::vector<InForce> in_force(const Config& config) {
  Config copy = config;
  std::vector<InForce> list;
  for (const KeyOfConfig& key : table) std::visit(Appending{.list = list, .key = key}, key.slot(copy));
  return list;
}

/// The escapes of JSON are those of a basic string of TOML.
std::string in_toml(std::string_view raw) {
  std::string text;
  JsonWriter(text).value(raw);
  return text;
}

std::string in_toml(const std::vector<std::string>& texts) {
  std::string list = "[";
  for (const std::string& text : texts) list += (list.size() > 1 ? ", " : "") + in_toml(text);
  return list + "]";
}

}  // namespace vigie::config
