// The sentences of vigie: the only place that prints them. Text that a sentence quotes – a name, a path, a reason from
// a record – is made safe here, so that no command can forget it: only vigie's own words reach the terminal as they
// are. (Tables, JSON and CSV are written by format/; `attach` and `logs --raw` pass on what a program wrote.)
#pragma once

#include <concepts>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "base/json_writer.hpp"
#include "base/text.hpp"

namespace vigie::cli {

namespace saying {

/// Text that is quoted, made safe; other values, as they are.
template <class T>
decltype(auto) quoted(const T& value) {
  if constexpr (std::convertible_to<const T&, std::string_view>) {
    return safe_text(std::string_view(value));
  } else {
    return (value);
  }
}

template <class... Args>
std::string sentence(fmt::string_view words, const Args&... args) {
  return fmt::vformat(words, fmt::make_format_args(args...));
}

void to_output(std::string_view text);
void to_errors(std::string_view text);

}  // namespace saying

/// Words on standard output.
template <class... Args>
void say(fmt::format_string<const Args&...> words, const Args&... args) {
  saying::to_output(saying::sentence(words, saying::quoted(args)...));
}

/// Text on standard output that is safe already, and laid out.
void say_text(std::string_view safe);

/// A JSON document on a line of its own on standard output: vigie's version, and the members that `write` adds.
void say_json(const std::function<void(JsonWriter&)>& write);

/// "vigie: ..." on a line of its own on standard error.
template <class... Args>
void complain(fmt::format_string<const Args&...> words, const Args&... args) {
  saying::to_errors("vigie: " + saying::sentence(words, saying::quoted(args)...) + "\n");
}

/// Words on standard error without a name before them: a line that is drawn again and again.
template <class... Args>
void aside(fmt::format_string<const Args&...> words, const Args&... args) {
  saying::to_errors(saying::sentence(words, saying::quoted(args)...));
}

}  // namespace vigie::cli
