#include "wire/json_text.hpp"

#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/utf8.hpp"

namespace vigie::wire {
namespace {

using nlohmann::json;

void unescape_keys(json::object_t& object) {
  std::vector<std::pair<std::string, std::string>> changed;
  for (const auto& [key, value] : object) {
    if (std::string now = unescaped_utf8(key); now != key) changed.emplace_back(key, std::move(now));
  }
  for (auto& [before, now] : changed) {
    auto node = object.extract(before);
    node.key() = std::move(now);
    object.insert(std::move(node));
  }
}

}  // namespace

/// Without recursion: a file of a million brackets is JSON, too.
void unescape_texts(json& document) {
  std::vector<json*> left{&document};
  while (!left.empty()) {
    json& value = *left.back();
    left.pop_back();
    if (auto* const text = value.get_ptr<std::string*>()) *text = unescaped_utf8(*text);
    if (auto* const object = value.get_ptr<json::object_t*>()) {
      unescape_keys(*object);
      for (auto& member : *object) left.push_back(&member.second);
    }
    if (auto* const array = value.get_ptr<json::array_t*>()) {
      for (json& element : *array) left.push_back(&element);
    }
  }
}

json parse_json(std::string_view text) {
  json document = json::parse(text, nullptr, false);
  unescape_texts(document);
  return document;
}

}  // namespace vigie::wire
