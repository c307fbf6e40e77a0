#include "wire/json_text.hpp"

#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/utf8.hpp"

namespace vigie::wire {
namespace {

using nlohmann::json;
using Change = std::string (*)(std::string_view);

void change_keys(json::object_t& object, Change change) {
  std::vector<std::pair<std::string, std::string>> changed;
  for (const auto& [key, value] : object) {
    if (std::string now = change(key); now != key) changed.emplace_back(key, std::move(now));
  }
  for (auto& [before, now] : changed) {
    auto node = object.extract(before);
    node.key() = std::move(now);
    object.insert(std::move(node));
  }
}

/// Every text in it. Without recursion: a file of a million brackets is JSON, too.
void change_texts(json& document, Change change) {
  std::vector<json*> left{&document};
  while (!left.empty()) {
    json& value = *left.back();
    left.pop_back();
    if (auto* const text = value.get_ptr<std::string*>()) *text = change(*text);
    if (auto* const object = value.get_ptr<json::object_t*>()) {
      change_keys(*object, change);
      for (auto& member : *object) left.push_back(&member.second);
    }
    if (auto* const array = value.get_ptr<json::array_t*>()) {
      for (json& element : *array) left.push_back(&element);
    }
  }
}

}  // namespace

std::string json_text(json document, int indent) {
  change_texts(document, escaped_utf8);
  return with_visible_escapes(document.dump(indent));
}

json parse_json(std::string_view text) {
  json document = json::parse(text, nullptr, false);
  unescape_texts(document);
  return document;
}

void unescape_texts(json& document) {
  change_texts(document, unescaped_utf8);
}

}  // namespace vigie::wire
