// JSON written straight into a string: commas, escaping and absent values, and nothing else.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace vigie {

/// Appends one JSON value to a string. Strings may be any bytes: invalid UTF-8 is escaped (escaped_utf8), and so are
/// characters that must not reach a terminal. Numbers that JSON cannot write become null.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }
  void key(std::string_view name);

  void value(std::string_view raw);
  void value(const char* raw) { value(std::string_view(raw)); }
  void value(double number);
  void null();
  template <class T>
  void value(const std::vector<T>& list) {
    begin_array();
    for (const T& one : list) value(one);
    end_array();
  }
  template <std::integral T>
  void value(T number) {
    if constexpr (std::same_as<T, bool>) {
      write_boolean(number);
    } else if constexpr (std::is_signed_v<T>) {
      write_signed(number);
    } else {
      write_unsigned(number);
    }
  }

  /// `"name": value`, and null for an absent reading or an empty optional.
  template <class T>
  void member(std::string_view name, const T& content) {
    key(name);
    if constexpr (requires { content.has_value(); }) {
      if (content.has_value()) {
        value(*content);
      } else {
        null();
      }
    } else {
      value(content);
    }
  }

  /// Begins a new line before the next value; only for people's eyes.
  void new_line() { line_pending_ = true; }

 private:
  void before_value();
  void open(char bracket);
  void close(char bracket);
  void write_boolean(bool truth);
  void write_signed(std::int64_t number);
  void write_unsigned(std::uint64_t number);
  void write_string(std::string_view raw);

  std::string& out_;
  bool comma_ = false;         ///< a value precedes in this array or object
  bool line_pending_ = false;  ///< new_line() was asked for
};

/// One JSON object as text: `json_object([&](JsonWriter& json) { json.member("ok", true); })`.
template <class Members>
[[nodiscard]] std::string json_object(const Members& write) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  write(json);
  json.end_object();
  return text;
}

}  // namespace vigie
