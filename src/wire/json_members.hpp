// JSON objects of structs whose members are listed once, for both directions:
//
//     void members(auto& at, Is<Thing> auto& thing) {
//       at.always("name", thing.name);
//       at.seldom("size", thing.size);
//     }
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/json_writer.hpp"
#include "wire/json_fields.hpp"

namespace vigie::wire {

/// Writes them.
class PutMembers {
 public:
  /// With `lines` each member of the outermost object has a line, for people who open the file.
  explicit PutMembers(JsonWriter& json, bool lines = false) : json_(json), lines_(lines) {}

  template <class T>
  void always(const char* name, const T& value) {
    begin(name);
    json_.value(value);
  }
  /// Unless it has the value that it has in a new object.
  template <class T>
  void seldom(const char* name, const T& value, const T& usual = {}) {
    if (value != usual) always(name, value);
  }
  template <class T>
  void seldom(const char* name, const std::optional<T>& value) {
    if (value) always(name, *value);
  }
  /// An enumeration, by the words that these functions know.
  template <class T>
  void word(const char* name, const T& value, std::string_view (*name_of)(T), std::optional<T> (*)(std::string_view)) {
    always(name, name_of(value));
  }
  template <class T>
  void object(const char* name, const T& value) {
    begin(name);
    nested(value);
  }
  template <class T>
  void object(const char* name, const std::optional<T>& value) {
    if (value) object(name, *value);
  }
  /// For advice: a reader that cannot read it does without.
  template <class T>
  void advice(const char* name, const std::optional<T>& value) {
    object(name, value);
  }
  template <class T>
  void list(const char* name, const std::vector<T>& values) {
    if (values.empty()) return;
    begin(name);
    json_.begin_array();
    for (const T& value : values) nested(value);
    json_.end_array();
  }
  /// JSON has no NaN: values that are no numbers are kept beside the others, where a reader that knows only numbers
  /// passes them over.
  void numbers(const char* name, const char* not_finite, const std::map<std::string, double>& values);

 private:
  void begin(const char* name) {
    if (lines_ && depth_ == 0) json_.new_line();
    json_.key(name);
  }
  template <class T>
  void nested(const T& value) {
    json_.begin_object();
    ++depth_;
    members(*this, value);
    --depth_;
    json_.end_object();
  }

  JsonWriter& json_;
  bool lines_;
  int depth_ = 0;
};

/// Reads them without trusting the file: a member that is missing leaves its field as it was.
/// @throw nlohmann::json::exception when a member is of another type or out of its field's range.
class TakeMembers {
 public:
  explicit TakeMembers(const nlohmann::json& from) : from_(from) {}

  template <class T>
  void always(const char* name, T& value) {
    take(from_, name, value);
  }
  template <class T>
  void seldom(const char* name, T& value, const T& = {}) {
    take(from_, name, value);
  }
  /// A word that is not known leaves it as it was.
  template <class T>
  void word(const char* name, T& value, std::string_view (*)(T), std::optional<T> (*named)(std::string_view)) {
    std::string text;
    take(from_, name, text);
    value = named(text).value_or(value);
  }
  template <class T>
  void object(const char* name, T& value) {
    if (const nlohmann::json* const found = find(name)) nested(*found, value);
  }
  template <class T>
  void object(const char* name, std::optional<T>& value) {
    if (const nlohmann::json* const found = find(name)) nested(*found, value.emplace());
  }
  template <class T>
  void advice(const char* name, std::optional<T>& value) {
    try {
      object(name, value);
    } catch (const nlohmann::json::exception&) {
      // What was read so far stands.
    }
  }
  template <class T>
  void list(const char* name, std::vector<T>& values) {
    const nlohmann::json* const found = find(name);
    if (found == nullptr) return;
    for (const nlohmann::json& one : *found) nested(one, values.emplace_back());
  }
  void numbers(const char* name, const char* not_finite, std::map<std::string, double>& values);

 private:
  [[nodiscard]] const nlohmann::json* find(const char* name) const {
    const auto found = from_.find(name);
    return found == from_.end() || found->is_null() ? nullptr : &*found;
  }
  template <class T>
  static void nested(const nlohmann::json& from, T& value) {
    TakeMembers at(from);
    members(at, value);
  }

  const nlohmann::json& from_;
};

}  // namespace vigie::wire
