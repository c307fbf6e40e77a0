#include "config/toml_text.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace vigie::config {
namespace {

Place place_of(const toml::source_region& region) {
  return {.line = region.begin.line, .column = region.begin.column};
}

std::string kind_of_node(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time: return "a date or a time";
    case toml::node_type::array: return "a list of something else than texts";
    default: return "a table";
  }
}

TomlValue value_of_list(const toml::array& list) {
  std::vector<std::string> texts;
  for (const toml::node& one : list) {
    const auto* const text = one.as_string();
    if (text == nullptr) return OtherValue{kind_of_node(list)};
    texts.push_back(text->get());
  }
  return texts;
}

TomlValue value_of(const toml::node& node) {
  if (const auto* const text = node.as_string()) return text->get();
  if (const auto* const number = node.as_integer()) return number->get();
  if (const auto* const number = node.as_floating_point()) return number->get();
  if (const auto* const truth = node.as_boolean()) return truth->get();
  if (const auto* const list = node.as_array()) return value_of_list(*list);
  return OtherValue{kind_of_node(node)};
}

void append(std::vector<TomlEntry>& entries, const toml::table& table, const std::string& before) {
  for (const auto& [name, node] : table) {
    const std::string key = before + std::string(name.str());
    if (const toml::table* const inner = node.as_table()) {
      append(entries, *inner, key + ".");
    } else {
      entries.push_back({.key = key, .value = value_of(node), .place = place_of(name.source())});
    }
  }
}

}  // namespace

Result<std::vector<TomlEntry>> parse_toml(std::string_view text) {
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    const Place place = place_of(parsed.error().source());
    return fail(fmt::format("{}:{}: {}", place.line, place.column, parsed.error().description()), ErrorKind::usage);
  }
  std::vector<TomlEntry> entries;
  append(entries, parsed.table(), "");
  std::ranges::stable_sort(entries, {},
                           [](const TomlEntry& entry) { return std::pair(entry.place.line, entry.place.column); });
  return entries;
}

std::string kind_of(const TomlValue& value) {
  static constexpr std::string_view kinds[] = {"a text", "a whole number", "a number", "true or false",
                                               "a list of texts"};
  if (const auto* const other = std::get_if<OtherValue>(&value)) return other->kind;
  return std::string(kinds[value.index()]);
}

}  // namespace vigie::config
