#include "tui/event.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "base/utf8.hpp"

namespace vigie::tui {
namespace {

using Named = std::pair<Key::Code, std::string_view>;
constexpr std::array<Named, 24> names{{
    {Key::Code::up, "up"},
    {Key::Code::down, "down"},
    {Key::Code::left, "left"},
    {Key::Code::right, "right"},
    {Key::Code::page_up, "PgUp"},
    {Key::Code::page_down, "PgDn"},
    {Key::Code::home, "Home"},
    {Key::Code::end, "End"},
    {Key::Code::enter, "Enter"},
    {Key::Code::escape, "Esc"},
    {Key::Code::backspace, "Backspace"},
    {Key::Code::del, "Del"},
    {Key::Code::tab, "Tab"},
    {Key::Code::back_tab, "Shift-Tab"},
    {Key::Code::f1, "F1"},
    {Key::Code::f2, "F2"},
    {Key::Code::f3, "F3"},
    {Key::Code::f4, "F4"},
    {Key::Code::f5, "F5"},
    {Key::Code::f6, "F6"},
    {Key::Code::f7, "F7"},
    {Key::Code::f8, "F8"},
    {Key::Code::f9, "F9"},
    {Key::Code::f10, "F10"},
}};
constexpr std::string_view control = "Ctrl-";

}  // namespace

std::string name_of(const Key& key) {
  if (key.code == Key::Code::character) {
    if (key.character == U' ') return "Space";
    if (key.character < 0x20) return std::string(control) + static_cast<char>('@' + key.character);
    std::string text;
    append_utf8(text, key.character);
    return text;
  }
  const auto* const found = std::ranges::find(names, key.code, &Named::first);
  return found == names.end() ? "" : std::string(found->second);
}

Key key_named(std::string_view name) {
  if (name == "Space") return Key::of(U' ');
  if (name.starts_with(control) && name.size() == control.size() + 1)
    return Key::of(static_cast<char32_t>(name.back()) & 0x1fU);
  const auto* const found = std::ranges::find(names, name, &Named::second);
  if (found != names.end()) return {.code = found->first};
  std::size_t position = 0;
  bool valid = !name.empty();
  const char32_t character = name.empty() ? 0 : next_code_point(name, position, valid);
  return valid && position == name.size() ? Key::of(character) : Key{};
}

}  // namespace vigie::tui
