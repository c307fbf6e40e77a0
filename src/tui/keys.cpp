#include "tui/keys.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "base/utf8.hpp"
#include "tui/deeds.hpp"
#include "tui/process_list.hpp"

namespace vigie::tui {
namespace {

constexpr std::size_t longest_input = 200;  // bytes

// ---------------------------------------------------------------------------------------------- the cursor

std::size_t where(const ViewState& state, const Picture& picture) {
  const std::size_t last = picture.rows.empty() ? 0 : picture.rows.size() - 1;
  return std::min(position_of(state.selected, picture.rows).value_or(state.position), last);
}

void select(Pressed& pressed, std::size_t position) {
  if (pressed.picture.rows.empty()) return;
  position = std::min(position, pressed.picture.rows.size() - 1);
  pressed.state.selected = pressed.picture.rows[position];
  pressed.state.position = position;
  pressed.state.reveal = true;
}

bool has_cursor(const Pressed& pressed) {
  return position_of(pressed.state.selected, pressed.picture.rows).has_value();
}

/// The first key of all stands on a row instead of leaving it: until then there is no cursor.
void down(Pressed& pressed) {
  select(pressed, where(pressed.state, pressed.picture) + (has_cursor(pressed) ? 1 : 0));
}

void up(Pressed& pressed) {
  const std::size_t at = where(pressed.state, pressed.picture);
  select(pressed, at > 0 && has_cursor(pressed) ? at - 1 : at);
}

void page_down(Pressed& pressed) {
  select(pressed, where(pressed.state, pressed.picture) + pressed.picture.page);
}

void page_up(Pressed& pressed) {
  const std::size_t at = where(pressed.state, pressed.picture), page = pressed.picture.page;
  select(pressed, at > page ? at - page : 0);
}

void first(Pressed& pressed) {
  select(pressed, 0);
}

void last(Pressed& pressed) {
  select(pressed, pressed.picture.rows.size());
}

// ---------------------------------------------------------------------------------------------- screens

void show(ViewState& state, const ScreenView& screen) {
  if (state.screen == screen.id) return;
  state.screen = screen.id;
  state.top = 0;
  state.reveal = true;
}

void turn(Pressed& pressed, std::size_t by) {
  const std::span<const ScreenView> all = screens();
  const auto at = std::ranges::find(all, pressed.state.screen, &ScreenView::id) - all.begin();
  show(pressed.state, all[(static_cast<std::size_t>(at) + by) % all.size()]);
}

void next_screen(Pressed& pressed) {
  turn(pressed, 1);
}

void screen_before(Pressed& pressed) {
  turn(pressed, screens().size() - 1);
}

/// A run in depth; of a process that belongs to a run, that run.
void enter(Pressed& pressed) {
  ViewState& state = pressed.state;
  if (state.selected.kind == RowKey::Kind::none) return;
  if (const ScreenView* const run = screen_of(ScreenId::run); run != nullptr) {
    if (state.selected.kind == RowKey::Kind::run) state.run = state.selected.name;
    show(state, *run);
    return;
  }
  if (state.selected.kind != RowKey::Kind::run) return;
  state.unfolded.insert(state.selected.name);
  state.tree = true;
  show(state, *screen_of(ScreenId::processes));
}

// ---------------------------------------------------------------------------------------------- the list

void order_by(ViewState& state, std::string_view column) {
  state.sort = column;
  state.ascending = column == "pid" || column == "user" || column == "command";
  state.tree = false;
  state.top = 0;
}

void by_cpu(Pressed& pressed) {
  order_by(pressed.state, "cpu_percent");
}

void by_memory(Pressed& pressed) {
  order_by(pressed.state, "rss_bytes");
}

void by_time(Pressed& pressed) {
  order_by(pressed.state, "cpu_seconds");
}

void by_pid(Pressed& pressed) {
  order_by(pressed.state, "pid");
}

void next_order(ViewState& state, std::size_t by) {
  const std::span<const std::string_view> all = orders();
  const auto at = std::ranges::find(all, state.sort) - all.begin();
  order_by(state, all[(static_cast<std::size_t>(at) + by) % all.size()]);
}

void order_right(Pressed& pressed) {
  next_order(pressed.state, 1);
}

void order_left(Pressed& pressed) {
  next_order(pressed.state, orders().size() - 1);
}

void invert(Pressed& pressed) {
  pressed.state.ascending = !pressed.state.ascending;
  pressed.state.top = 0;
}

void tree(Pressed& pressed) {
  pressed.state.tree = !pressed.state.tree;
  pressed.state.top = 0;
  pressed.state.reveal = true;
}

void unfold(Pressed& pressed) {
  if (pressed.state.selected.kind == RowKey::Kind::run) pressed.state.unfolded.insert(pressed.state.selected.name);
}

void fold(Pressed& pressed) {
  if (pressed.state.selected.kind == RowKey::Kind::run) pressed.state.unfolded.erase(pressed.state.selected.name);
}

void follow(Pressed& pressed) {
  pressed.state.follow = !pressed.state.follow;
  pressed.state.message = pressed.state.follow ? "follows the row under the cursor" : "follows no row";
}

void kernel_threads(Pressed& pressed) {
  pressed.state.kernel_threads = !pressed.state.kernel_threads;
}

void freeze(Pressed& pressed) {
  pressed.state.frozen = !pressed.state.frozen;
}

// ---------------------------------------------------------------------------------------------- time

void go_back(ViewState& state, std::uint64_t frames) {
  const std::uint64_t shown = std::clamp(state.at.value_or(state.newest), state.oldest, state.newest);
  const std::uint64_t wanted = shown - std::min(frames, shown - state.oldest);
  if (wanted == shown) state.message = "nothing older is kept";
  if (wanted != state.newest) state.at = wanted;
}

void go_on(ViewState& state, std::uint64_t frames) {
  if (!state.at) return;
  *state.at += frames;
  if (*state.at >= state.newest) state.at.reset();
}

constexpr std::uint64_t leap = 10;

void earlier(Pressed& pressed) {
  go_back(pressed.state, 1);
}

void much_earlier(Pressed& pressed) {
  go_back(pressed.state, leap);
}

void later(Pressed& pressed) {
  go_on(pressed.state, 1);
}

void much_later(Pressed& pressed) {
  go_on(pressed.state, leap);
}

/// In the past the way back to now, else the last row.
void end(Pressed& pressed) {
  if (!std::exchange(pressed.state.at, std::nullopt)) last(pressed);
}

// ---------------------------------------------------------------------------------------------- deeds

/// The tagged processes, or the row under the cursor.
std::vector<RowKey> chosen_rows(const ViewState& state) {
  std::vector<RowKey> rows;
  for (const ProcessId id : state.tagged) rows.push_back(RowKey::of(id));
  const bool can_be_hit = state.selected.kind == RowKey::Kind::process || state.selected.kind == RowKey::Kind::run;
  if (rows.empty() && can_be_hit) rows.push_back(state.selected);
  return rows;
}

std::string why_not(const ViewState& state) {
  if (state.recorded) return "this is a recording: nothing of it can be acted on";
  if (state.at) return "this is the past: End goes back to now, where things can be acted on";
  if (state.read_only) return "nothing is acted on: --read-only, or a saved host";
  return chosen_rows(state).empty() ? "there is no row under the cursor: the arrow keys choose one" : "";
}

void ask(Pressed& pressed) {
  pressed.state.mode = Mode::confirm;
  pressed.state.plan.reset();
  pressed.wish = Wish::plan;
}

void begin_deed(Pressed& pressed, Deed deed) {
  ViewState& state = pressed.state;
  state.message = why_not(state);
  if (!state.message.empty()) return;
  state.order = {.deed = deed, .rows = chosen_rows(state)};
  state.input.clear();
  if (kind_of(deed).question.empty()) {
    ask(pressed);
  } else {
    state.mode = Mode::value;
  }
}

template <Deed deed>
void begin(Pressed& pressed) {
  begin_deed(pressed, deed);
}

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

void tag(Pressed& pressed) {
  ViewState& state = pressed.state;
  if (state.selected.kind == RowKey::Kind::process && !state.tagged.erase(state.selected.process))
    state.tagged.insert(state.selected.process);
  down(pressed);
}

void untag(Pressed& pressed) {
  pressed.state.tagged.clear();
}

// ---------------------------------------------------------------------------------------------- typed texts

void type(Pressed& pressed, Mode mode, std::string from) {
  pressed.state.mode = mode;
  pressed.state.input = std::move(from);
}

void search(Pressed& pressed) {
  type(pressed, Mode::search, "");
}

void filter(Pressed& pressed) {
  type(pressed, Mode::filter, pressed.state.filter);
}

void user(Pressed& pressed) {
  type(pressed, Mode::user, pressed.state.user.value_or(""));
}

void jump(Pressed& pressed) {
  type(pressed, Mode::jump, "");
}

void next_match(Pressed& pressed) {
  const auto& matches = pressed.picture.matches;
  if (matches.empty()) return;
  const auto after = std::ranges::upper_bound(matches, where(pressed.state, pressed.picture));
  select(pressed, after == matches.end() ? matches.front() : *after);
}

void help(Pressed& pressed) {
  pressed.state.mode = Mode::help;
  pressed.state.help_top = 0;
}

/// What was searched, filtered and chosen is forgotten.
void escape(Pressed& pressed) {
  pressed.state.search.clear();
  pressed.state.filter.clear();
  pressed.state.user.reset();
}

void redraw(Pressed& pressed) {
  pressed.wish = Wish::redraw;
}

void quit(Pressed& pressed) {
  pressed.state.quit = true;
}

// clang-format off
constexpr std::array table{
    Binding{"up", "Moving", "the row above", up},
    Binding{"down", "Moving", "the row below", down},
    Binding{"PgUp", "Moving", "a page up", page_up},
    Binding{"PgDn", "Moving", "a page down", page_down},
    Binding{"Home", "Moving", "the first row", first},
    Binding{"End", "Moving", "the last row; from the past: back to now", end},
    Binding{"F", "Moving", "follow: the row under the cursor stays in view", follow},
    Binding{"Tab", "Screens", "the next screen", next_screen},
    Binding{"Shift-Tab", "Screens", "the screen before", screen_before},
    Binding{"Enter", "Screens", "the run under the cursor, in depth", enter},
    Binding{":", "Screens", "jump to a screen by its name", jump},
    Binding{"F1 ? h", "Screens", "this page", help},
    Binding{"P", "List", "order by CPU", by_cpu},
    Binding{"M", "List", "order by memory", by_memory},
    Binding{"T", "List", "order by CPU time", by_time},
    Binding{"N", "List", "order by PID", by_pid},
    Binding{"F6 >", "List", "order by the next column", order_right},
    Binding{"<", "List", "order by the column before", order_left},
    Binding{"I", "List", "the other way round", invert},
    Binding{"t F5", "List", "processes as a tree, runs folded", tree},
    Binding{"+", "List", "show the processes of the run under the cursor", unfold},
    Binding{"-", "List", "fold them again", fold},
    Binding{"K", "List", "with the threads of the kernel, or without", kernel_threads},
    Binding{"/ F3", "Finding", "search: the cursor goes to what is typed", search},
    Binding{"n", "Finding", "the next row that matches", next_match},
    Binding{"\\ F4", "Finding", "filter: only rows with what is typed", filter},
    Binding{"u", "Finding", "only the processes of a user", user},
    Binding{"Esc", "Finding", "forget search, filter and user", escape},
    Binding{"Space", "Tags", "tag the process under the cursor, or take its tag", tag},
    Binding{"U", "Tags", "take all tags", untag},
    Binding{"k F9", "Acting", "send a signal to the process under the cursor, or to those that are tagged", begin<Deed::signal>},
    Binding{"X", "Acting", "stop: signal, grace, then kill what is left; of a run's process: the run", begin<Deed::stop>},
    Binding{"p", "Acting", "pause it, with all below it", begin<Deed::pause>},
    Binding{"r", "Acting", "resume it", begin<Deed::resume>},
    Binding{"F8 ]", "Acting", "its nice value", begin<Deed::renice>},
    Binding{"i", "Acting", "its I/O priority", begin<Deed::ionice>},
    Binding{"left", "Time", "back, to what was seen before", earlier},
    Binding{"right", "Time", "forth, up to now", later},
    Binding{",", "Time", "back by ten pictures", much_earlier},
    Binding{".", "Time", "forth by ten pictures", much_later},
    Binding{"Z", "Time", "freeze the picture, or let it go on", freeze},
    Binding{"Ctrl-L", "Time", "draw everything anew", redraw},
    Binding{"q F10", "Time", "quit", quit},
};
// clang-format on

bool names(std::string_view keys, std::string_view name) {
  while (!keys.empty()) {
    const std::size_t end = std::min(keys.find(' '), keys.size());
    if (keys.substr(0, end) == name) return true;
    keys.remove_prefix(std::min(end + 1, keys.size()));
  }
  return false;
}

void press_normal(Pressed& pressed, const Key& key) {
  if (key.code == Key::Code::character && key.character < 0x80) {
    const ScreenView* const screen = screen_with_key(static_cast<char>(key.character));
    if (screen != nullptr) {
      show(pressed.state, *screen);
      return;
    }
  }
  const std::string name = name_of(key);
  const auto* const found =
      std::ranges::find_if(table, [&](const Binding& binding) { return names(binding.keys, name); });
  if (found != table.end()) found->does(pressed);
}

void press_help(ViewState& state, const Key& key) {
  switch (key.code) {
    case Key::Code::down: ++state.help_top; return;
    case Key::Code::up: state.help_top -= state.help_top > 0 ? 1 : 0; return;
    case Key::Code::page_down: state.help_top += 10; return;
    case Key::Code::page_up: state.help_top -= std::min<std::size_t>(state.help_top, 10); return;
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
  if (state.mode == Mode::user) {
    state.user = state.input.empty() ? std::nullopt : std::optional(state.input);
    state.top = 0;
  }
  if (state.mode == Mode::jump) {
    if (const ScreenView* const screen = screen_named(state.input); screen != nullptr) {
      show(state, *screen);
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

std::span<const Binding> bindings() {
  return table;
}

Wish press(ViewState& state, const Key& key, const Picture& picture) {
  Pressed pressed{.state = state, .picture = picture};
  state.message.clear();
  switch (state.mode) {
    case Mode::normal: press_normal(pressed, key); break;
    case Mode::help: press_help(state, key); break;
    case Mode::confirm: press_confirm(pressed, key); break;
    case Mode::search:
    case Mode::filter:
    case Mode::user:
    case Mode::value:
    case Mode::jump: press_text(pressed, key); break;
  }
  return pressed.wish;
}

bool settle(ViewState& state, const Picture& picture) {
  if (!std::exchange(state.seek, false) || picture.matches.empty()) return false;
  Pressed pressed{.state = state, .picture = picture};
  const std::size_t at = where(state, picture);
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
    case Mode::value: return std::string(kind_of(state.order.deed).question) + ": " + state.input;
    case Mode::normal:
    case Mode::confirm:
    case Mode::help: return {};
  }
  return {};
}

}  // namespace vigie::tui
