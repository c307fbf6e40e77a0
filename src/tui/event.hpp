// What comes from the user: keys, and changes of the terminal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vigie::tui {

struct Key {
  enum class Code : std::uint8_t {
    none,
    character,
    up,
    down,
    left,
    right,
    page_up,
    page_down,
    home,
    end,
    enter,
    escape,
    backspace,
    del,
    tab,
    back_tab,
    f1,
    f2,
    f3,
    f4,
    f5,
    f6,
    f7,
    f8,
    f9,
    f10,
  };
  Code code = Code::none;
  char32_t character = 0;  ///< of Code::character; a control character as it is: Ctrl-L is 0x0C

  [[nodiscard]] static Key of(char32_t character) { return {.code = Code::character, .character = character}; }
  bool operator==(const Key&) const = default;
};

/// "down", "F5", "Space", "Ctrl-L", "x": for help and JSON.
[[nodiscard]] std::string name_of(const Key& key);
/// Code::none when there is none of that name.
[[nodiscard]] Key key_named(std::string_view name);

struct Event {
  enum class Kind : std::uint8_t {
    key,
    resize,  ///< ask the display for its size; draw everything
    closed,  ///< the terminal is gone, or the user wants the end: Ctrl-C, SIGTERM
  };
  Kind kind = Kind::key;
  Key key = {};
};

}  // namespace vigie::tui
