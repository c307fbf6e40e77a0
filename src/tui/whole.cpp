#include "tui/whole.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"
#include "format/local_time.hpp"
#include "tui/deeds.hpp"
#include "tui/keys.hpp"
#include "tui/over.hpp"
#include "tui/setup.hpp"

namespace vigie::tui {
namespace {

/// "14:03:21" of "2026-11-30 14:03:21"; the whole of it for another day.
std::string clock_text(const Window& window, bool today) {
  const std::string text = format::local_time(window.frame->snapshot->after.wall_ns);
  return !today || text.size() < 8 ? text : text.substr(text.size() - 8);
}

/// What is unusual about the picture, and its clock, at the right.
int draw_time(Grid& grid, const Window& window, const ViewState& state, const Around& around) {
  const std::string clock = clock_text(window, !state.recorded);
  std::string mark = window.past ? "PAST" : state.frozen ? "FROZEN" : "";
  if (state.recorded) mark = "RECORDED";
  if (mark.empty() && !window.late.empty()) mark = window.late;
  int end = grid.columns();
  const int width = static_cast<int>(display_width(clock));
  grid.put_right(0, end, clock, width, mark.empty() ? Role::dim : Role::past);
  end -= width + 1;
  const bool calm = mark.empty();  // what slows it is no reason to look up
  if (calm) mark = around.pace;
  if (mark.empty()) return end;
  const std::string shown = " " + mark + " ";
  const int room = std::min(static_cast<int>(display_width(shown)), std::max(end, 0));
  grid.put_right(0, end, shown, room, calm ? Role::dim : Role::past);
  return end - room - 1;
}

/// The host and the names of the screens, the one that is shown among them.
void draw_title(Grid& grid, const Window& window, const ViewState& state, const Around& around) {
  const int end = draw_time(grid, window, state, around);
  int column = grid.put_cut(0, 0, window.frame->snapshot->host.name, std::min(16, end / 3), Role::strong) + 2;
  for (const ScreenView& screen : screens()) {
    const bool shown = screen.id == state.screen;
    const std::string text = fmt::format("{} {}", screen.key, screen.title);
    const int width = static_cast<int>(display_width(text));
    if (column + width > end) {
      if (!shown) continue;
      grid.put_cut(0, column, text, end - column, Role::title);
      return;
    }
    column = grid.put(0, column, text, shown ? Role::title : Role::dim) + 2;
  }
}

struct KeyHint {
  std::string_view key, text, action = {};
};

constexpr KeyHint hints[] = {{"F1", "help", "help"},
                             {"F3", "search", "search"},
                             {"F4", "filter", "filter"},
                             {"F5", "tree", "tree"},
                             {"F6", "order", "order_next"},
                             {"k", "signal", "signal"},
                             {"X", "stop", "stop"},
                             {"u", "user", "user"},
                             {"← →", "time"},
                             {"Z", "freeze", "freeze"},
                             {"Tab", "screen", "next_screen"},
                             {"Enter", "run", "enter"},
                             {"q", "quit", "quit"},
                             {"g", "go to", "go_to"},
                             {"S", "save", "save"}};

/// The hint's own key, or the first of those that the user gave to its action; empty: none.
std::string_view key_of_hint(const KeyHint& hint, const ViewState& state) {
  const auto changed = state.keys.find(std::string(hint.action));
  if (changed == state.keys.end()) return hint.key;
  const std::string_view keys = changed->second;
  return keys.substr(0, keys.find(' '));
}

void draw_hints(Grid& grid, int row, int column, const ViewState& state) {
  for (const KeyHint& hint : hints) {
    const std::string_view key = key_of_hint(hint, state);
    if (key.empty()) continue;
    const int width = static_cast<int>(display_width(key) + display_width(hint.text)) + 1;
    if (column + width > grid.columns()) return;
    column = grid.put(row, column, key, Role::key) + 1;
    column = grid.put(row, column, hint.text, Role::key_text) + 2;
  }
}

/// "filter abc", "user root": why rows are missing.
std::string chosen(const ViewState& state) {
  std::string text;
  if (state.user) text += "user " + *state.user + "  ";
  if (!state.filter.empty()) text += "filter " + state.filter + "  ";
  if (!state.tagged.empty()) text += fmt::format("{} tagged  ", state.tagged.size());
  return text;
}

void draw_keys(Grid& grid, int row, const ViewState& state, const Around& around) {
  if (const std::string typed = prompt(state); !typed.empty()) {
    const int column = grid.put_cut(row, 0, typed, grid.columns() - 1, Role::strong);
    grid.put(row, column, " ", Role::selected, 1);
    grid.put_cut(row, column + 2, state.message, grid.columns() - column - 2, Role::warn);
    return;
  }
  const std::string& said = state.message.empty() ? around.remark : state.message;
  if (!said.empty()) {
    grid.put_cut(row, 0, said, grid.columns(), Role::warn);
    return;
  }
  const int column = grid.put_cut(row, 0, chosen(state), grid.columns() / 2, Role::warn);
  draw_hints(grid, row, column, state);
}

}  // namespace

Picture draw_whole(const Window& window, const ViewState& state, Size size, const Around& around) {
  if (window.frame == nullptr || size.rows <= 0 || size.columns <= 0) {
    Picture picture{.grid = Grid(size)};
    picture.grid.put_cut(0, 0, "vigie: the first look takes a moment", size.columns, Role::dim);
    return picture;
  }
  const int title = size.rows >= 3 ? 1 : 0, keys = size.rows >= 2 ? 1 : 0;
  const ScreenView* const screen = screen_of(state.screen);
  Picture picture = screen->draw(window, state, {.rows = size.rows - title - keys, .columns = size.columns});
  Grid whole(size);
  whole.place(title, 0, picture.grid);
  if (title > 0) draw_title(whole, window, state, around);
  if (title > 0 && window.past) whole.paint({.row = 0, .column = 0, .rows = 1, .columns = size.columns}, Role::past);
  if (keys > 0) draw_keys(whole, size.rows - 1, state, around);
  if (state.mode == Mode::help) draw_help(whole, state);
  if (state.mode == Mode::page) draw_page(whole, state.page);
  if (state.mode == Mode::setup) draw_setup(whole, state, around.cost);
  if (state.mode == Mode::confirm) draw_question(whole, state);
  if (state.mode == Mode::leave) draw_leaving(whole, state);
  picture.grid = std::move(whole);
  return picture;
}

}  // namespace vigie::tui
