#include "tui/keys.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"
#include "base/utf8.hpp"
#include "tui/actions.hpp"
#include "tui/deeds.hpp"
#include "tui/key_parts.hpp"
#include "tui/setup.hpp"

namespace vigie::tui {
namespace {

constexpr std::size_t longest_input = 200;  // bytes

void end_value(Pressed& pressed) {
  ViewState& state = pressed.state;
  Result<Order> order = with_value(state.order, state.input);
  if (!order) {
    state.message = order.error().message;
    return;
  }
  state.order = std::move(*order);
  ask(pressed);
}

/// `y` alone does it, and only once the user can see whom it hits.
void press_confirm(Pressed& pressed, const Key& key) {
  ViewState& state = pressed.state;
  if (key == Key::of(U'y') && !state.plan) return;
  state.mode = Mode::normal;
  if (key != Key::of(U'y') || !state.plan->possible) return;
  pressed.wish = Wish::perform;
  state.message = describe(state.order) + " …";
  state.tagged.clear();
}

/// What is under way is lost with the program: only `y` ends it.
void press_leave(ViewState& state, const Key& key) {
  state.mode = Mode::normal;
  state.quit = key == Key::of(U'y');
}

bool has_key(const Binding& binding, const ViewState& state, const std::string& name) {
  const std::vector<std::string> names = names_in(keys_of(binding, state));
  return std::ranges::find(names, name) != names.end();
}

void press_normal(Pressed& pressed, const Key& key) {
  if (key.code == Key::Code::character && key.character < 0x80) {
    const ScreenView* const screen = screen_with_key(static_cast<char>(key.character));
    if (screen != nullptr) {
      show_screen(pressed.state, *screen);
      return;
    }
  }
  const std::string name = name_of(key);
  const auto found =
      std::ranges::find_if(bindings(), [&](const Binding& binding) { return has_key(binding, pressed.state, name); });
  if (found != bindings().end()) found->does(pressed);
}

/// Over a page of text only moving in it, and back.
void press_page(ViewState& state, const Key& key, std::size_t& top) {
  constexpr std::size_t page = 10;
  switch (key.code) {
    case Key::Code::down: ++top; return;
    case Key::Code::up: top -= std::min<std::size_t>(top, 1); return;
    case Key::Code::page_down: top += page; return;
    case Key::Code::page_up: top -= std::min(top, page); return;
    case Key::Code::home: top = 0; return;
    default: state.mode = Mode::normal;
  }
}

/// Search and filter work while they are typed.
void take_input(ViewState& state) {
  if (state.mode == Mode::search) {
    state.search = state.input;
    state.seek = !state.search.empty();
  }
  if (state.mode == Mode::filter) {
    state.filter = state.input;
    state.top = 0;
  }
}

void end_input(Pressed& pressed) {
  ViewState& state = pressed.state;
  if (state.mode == Mode::value) {
    end_value(pressed);
    return;
  }
  if (state.mode == Mode::search && pressed.picture.matches.empty()) say_not_found(state);
  if (state.mode == Mode::time && !state.input.empty()) pressed.wish = Wish::go_to;
  if (state.mode == Mode::user) {
    state.user = state.input.empty() ? std::nullopt : std::optional(state.input);
    state.top = 0;
  }
  if (state.mode == Mode::jump) {
    if (const ScreenView* const screen = screen_named(state.input); screen != nullptr) {
      show_screen(state, *screen);
    } else if (!state.input.empty()) {
      std::string known;
      for (const ScreenView& one : screens()) known += (known.empty() ? "" : ", ") + std::string(one.name);
      state.message = fmt::format("there is no screen \"{}\"; there are {}", state.input, known);
    }
  }
  state.mode = Mode::normal;
}

/// The last character of UTF-8 goes, whole.
void erase_last(std::string& text) {
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0U) == 0x80) text.pop_back();
  if (!text.empty()) text.pop_back();
}

void press_text(Pressed& pressed, const Key& key) {
  ViewState& state = pressed.state;
  switch (key.code) {
    case Key::Code::enter: end_input(pressed); return;
    case Key::Code::escape:
      state.input.clear();
      take_input(state);
      state.mode = Mode::normal;
      return;
    case Key::Code::backspace: erase_last(state.input); break;
    case Key::Code::character:
      if (is_hostile(key.character) || state.input.size() >= longest_input) return;
      append_utf8(state.input, key.character);
      break;
    default: return;
  }
  take_input(state);
}

}  // namespace

Wish press(ViewState& state, const Key& key, const Picture& picture) {
  Pressed pressed{.state = state, .picture = picture};
  state.message.clear();
  switch (state.mode) {
    case Mode::normal: press_normal(pressed, key); break;
    case Mode::help: press_page(state, key, state.help_top); break;
    case Mode::page: press_page(state, key, state.page.top); break;
    case Mode::setup: press_setup(state, key); break;
    case Mode::confirm: press_confirm(pressed, key); break;
    case Mode::leave: press_leave(state, key); break;
    case Mode::search:
    case Mode::filter:
    case Mode::user:
    case Mode::value:
    case Mode::time:
    case Mode::jump: press_text(pressed, key); break;
  }
  return pressed.wish;
}

bool settle(ViewState& state, const Picture& picture) {
  if (!std::exchange(state.seek, false)) return false;
  if (picture.matches.empty()) return std::exchange(state.selected, state.searched_from) != state.searched_from;
  Pressed pressed{.state = state, .picture = picture};
  const std::size_t at = cursor_of(state, picture);
  const auto next = std::ranges::lower_bound(picture.matches, at);
  select(pressed, next == picture.matches.end() ? picture.matches.front() : *next);
  return true;
}

std::string prompt(const ViewState& state) {
  switch (state.mode) {
    case Mode::search: return "Search: " + state.input;
    case Mode::filter: return "Filter: " + state.input;
    case Mode::user: return "User (empty: all): " + state.input;
    case Mode::jump: return ":" + state.input;
    case Mode::time: return "Time (03:12, -5m, 2026-11-30 03:12:05): " + state.input;
    case Mode::value: return std::string(kind_of(state.order.deed).question) + ": " + state.input;
    case Mode::normal:
    case Mode::confirm:
    case Mode::leave:
    case Mode::page:
    case Mode::setup:
    case Mode::help: return {};
  }
  return {};
}

}  // namespace vigie::tui
