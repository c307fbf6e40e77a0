// What each key does while no text is typed, and the table of keys. As long as there are keys: each is a few lines here
// and a line of the table, which the page of keys is made of.
#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "tui/deeds.hpp"
#include "tui/key_parts.hpp"
#include "tui/process_list.hpp"

namespace vigie::tui {

std::size_t cursor_of(const ViewState& state, const Picture& picture) {
  const std::size_t last = picture.rows.empty() ? 0 : picture.rows.size() - 1;
  return std::min(position_of(state.selected, picture.rows).value_or(state.position), last);
}

RowKey row_under_cursor(const ViewState& state, const Picture& picture) {
  if (position_of(state.selected, picture.rows)) return state.selected;
  return state.screen == ScreenId::run && !state.run.empty() ? RowKey::of_run(state.run) : RowKey{};
}

void select(Pressed& pressed, std::size_t position) {
  if (pressed.picture.rows.empty()) return;
  position = std::min(position, pressed.picture.rows.size() - 1);
  pressed.state.selected = pressed.picture.rows[position];
  pressed.state.position = position;
  pressed.state.reveal = true;
}

void show_screen(ViewState& state, const ScreenView& screen) {
  if (state.screen == screen.id) return;
  state.screen = screen.id;
  state.top = 0;
  state.reveal = true;
}

void ask(Pressed& pressed) {
  pressed.state.mode = Mode::confirm;
  pressed.state.plan.reset();
  pressed.wish = Wish::plan;
}

void say_not_found(ViewState& state) {
  if (!state.search.empty()) state.message = "no row here has \"" + state.search + "\"";
}

namespace {

// ---------------------------------------------------------------------------------------------- the cursor

bool has_cursor(const Pressed& pressed) {
  return position_of(pressed.state.selected, pressed.picture.rows).has_value();
}

bool is_process_or_run(const RowKey& row) {
  return row.kind == RowKey::Kind::process || row.kind == RowKey::Kind::run;
}

constexpr std::string_view no_row = "there is no row under the cursor: the arrow keys choose one";

/// The first key of all stands on a row instead of leaving it: until then there is no cursor.
void down(Pressed& pressed) {
  select(pressed, cursor_of(pressed.state, pressed.picture) + (has_cursor(pressed) ? 1 : 0));
}

void up(Pressed& pressed) {
  const std::size_t at = cursor_of(pressed.state, pressed.picture);
  select(pressed, at > 0 && has_cursor(pressed) ? at - 1 : at);
}

void page_down(Pressed& pressed) {
  select(pressed, cursor_of(pressed.state, pressed.picture) + pressed.picture.page);
}

void page_up(Pressed& pressed) {
  const std::size_t at = cursor_of(pressed.state, pressed.picture), page = pressed.picture.page;
  select(pressed, at > page ? at - page : 0);
}

void first(Pressed& pressed) {
  select(pressed, 0);
}

void last(Pressed& pressed) {
  select(pressed, pressed.picture.rows.size());
}

// ---------------------------------------------------------------------------------------------- screens

void turn(Pressed& pressed, std::size_t by) {
  const std::span<const ScreenView> all = screens();
  const auto at = std::ranges::find(all, pressed.state.screen, &ScreenView::id) - all.begin();
  show_screen(pressed.state, all[(static_cast<std::size_t>(at) + by) % all.size()]);
}

void next_screen(Pressed& pressed) {
  turn(pressed, 1);
}

void screen_before(Pressed& pressed) {
  turn(pressed, screens().size() - 1);
}

/// A run in depth; of a process that belongs to a run, that run; of an alert, what it is about. Without a screen of
/// runs its processes are shown.
void enter(Pressed& pressed) {
  ViewState& state = pressed.state;
  const ScreenView* const run = screen_of(ScreenId::run);
  if (!has_cursor(pressed)) return;
  const bool on_alert = state.screen == ScreenId::alerts;
  if ((state.selected.kind == RowKey::Kind::process && run != nullptr) || on_alert) pressed.wish = Wish::enter;
  if (state.selected.kind != RowKey::Kind::run) return;
  state.run = state.selected.name;
  if (run != nullptr) {
    show_screen(state, *run);
    return;
  }
  state.unfolded.insert(state.selected.name);
  state.tree = true;
  show_screen(state, *screen_of(ScreenId::processes));
}

// ---------------------------------------------------------------------------------------------- the list

void order_by(ViewState& state, std::string_view column) {
  state.sort = column;
  state.ascending = is_usually_ascending(column);
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

/// The tagged processes, or the process or run under the cursor.
std::vector<RowKey> chosen_rows(const Pressed& pressed) {
  std::vector<RowKey> rows;
  for (const ProcessId id : pressed.state.tagged) rows.push_back(RowKey::of(id));
  RowKey row = row_under_cursor(pressed.state, pressed.picture);
  if (rows.empty() && is_process_or_run(row)) rows.push_back(std::move(row));
  return rows;
}

std::string why_not(const Pressed& pressed) {
  const ViewState& state = pressed.state;
  if (state.recorded) return "this is a recording: nothing of it can be acted on";
  if (state.at) return "this is the past: End goes back to now, where things can be acted on";
  if (state.read_only) return "nothing is acted on: --read-only, or a saved host";
  return chosen_rows(pressed).empty() ? std::string(no_row) : "";
}

/// The order is for the rows that are chosen; false: for none, and it is said why.
bool take_order(Pressed& pressed, Order order) {
  pressed.state.message = why_not(pressed);
  if (!pressed.state.message.empty()) return false;
  order.rows = chosen_rows(pressed);
  pressed.state.order = std::move(order);
  return true;
}

void begin_deed(Pressed& pressed, Deed deed) {
  ViewState& state = pressed.state;
  if (!take_order(pressed, {.deed = deed})) return;
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

/// Each row's own nice value is changed by one.
void step_nice(Pressed& pressed, int by) {
  const char* const typed = by > 0 ? "by +1" : "by -1";
  if (take_order(pressed, {.deed = Deed::renice, .typed = typed, .value = by, .relative = true})) ask(pressed);
}

void nicer(Pressed& pressed) {
  step_nice(pressed, 1);
}

void less_nice(Pressed& pressed) {
  step_nice(pressed, -1);
}

// ---------------------------------------------------------------------------------------------- pages

/// Of the past there is nothing more to read than it shows.
bool is_of_now(ViewState& state) {
  if (!state.recorded && !state.at && !state.saved_host) return true;
  state.message = "only what is there now can be read in depth";
  return false;
}

/// What a command of vigie says about the row under the cursor.
void open_page(Pressed& pressed, std::vector<std::string> words) {
  ViewState& state = pressed.state;
  const RowKey row = row_under_cursor(pressed.state, pressed.picture);
  if (!is_of_now(state)) return;
  if (!is_process_or_run(row)) {
    state.message = no_row;
  } else {
    words.push_back(row.kind == RowKey::Kind::run ? row.name : std::to_string(row.process.pid));
    state.page = {.words = std::move(words)};
    state.mode = Mode::page;
    pressed.wish = Wish::page;
  }
}

void attach(Pressed& pressed) {
  if (!is_of_now(pressed.state)) return;
  if (is_process_or_run(row_under_cursor(pressed.state, pressed.picture)))
    pressed.wish = Wish::attach;
  else
    pressed.state.message = no_row;
}

void why(Pressed& pressed) {
  open_page(pressed, {"why"});
}

void files(Pressed& pressed) {
  open_page(pressed, {"files"});
}

void maps(Pressed& pressed) {
  open_page(pressed, {"maps"});
}

void limits(Pressed& pressed) {
  open_page(pressed, {"limits"});
}

void net(Pressed& pressed) {
  open_page(pressed, {"net", "--connections"});
}

void env(Pressed& pressed) {
  open_page(pressed, {"env"});
}

void calls(Pressed& pressed) {
  open_page(pressed, {"syscalls"});
}

void logs(Pressed& pressed) {
  open_page(pressed, {"logs", "-n", "500"});
}

void tag(Pressed& pressed) {
  ViewState& state = pressed.state;
  if (row_under_cursor(pressed.state, pressed.picture).kind == RowKey::Kind::process &&
      !state.tagged.erase(state.selected.process))
    state.tagged.insert(state.selected.process);
  down(pressed);
}

void tag_tree(Pressed& pressed) {
  if (row_under_cursor(pressed.state, pressed.picture).kind == RowKey::Kind::process) pressed.wish = Wish::tag_tree;
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
  pressed.state.searched_from = pressed.state.selected;
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

void go_to(Pressed& pressed) {
  type(pressed, Mode::time, "");
}

void next_match(Pressed& pressed) {
  const auto& matches = pressed.picture.matches;
  if (matches.empty()) {
    say_not_found(pressed.state);
    return;
  }
  const auto after = std::ranges::upper_bound(matches, cursor_of(pressed.state, pressed.picture));
  select(pressed, after == matches.end() ? matches.front() : *after);
}

void help(Pressed& pressed) {
  pressed.state.mode = Mode::help;
  pressed.state.help_top = 0;
}

void setup(Pressed& pressed) {
  pressed.state.mode = Mode::setup;
  pressed.state.setup_at = 0;
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

void save(Pressed& pressed) {
  pressed.wish = Wish::save;
}

/// What would be lost is asked about first.
void quit(Pressed& pressed) {
  if (pressed.state.under_way.empty()) {
    pressed.state.quit = true;
  } else {
    pressed.state.mode = Mode::leave;
  }
}

// clang-format off
constexpr std::array table{
    Binding{"up", "up", "Moving", "the row above", up},
    Binding{"down", "down", "Moving", "the row below", down},
    Binding{"PgUp", "page_up", "Moving", "a page up", page_up},
    Binding{"PgDn", "page_down", "Moving", "a page down", page_down},
    Binding{"Home", "first", "Moving", "the first row", first},
    Binding{"End", "last", "Moving", "the last row; from the past: back to now", end},
    Binding{"F", "follow", "Moving", "follow: the row under the cursor stays in view", follow},
    Binding{"Tab", "next_screen", "Screens", "the next screen", next_screen},
    Binding{"Shift-Tab", "screen_before", "Screens", "the screen before", screen_before},
    Binding{"Enter", "enter", "Screens", "the run under the cursor, in depth; what an alert is about", enter},
    Binding{":", "jump", "Screens", "jump to a screen by its name", jump},
    Binding{"F1 ? h", "help", "Screens", "this page", help},
    Binding{"F2", "setup", "Screens", "columns of processes, and what vigie top itself costs", setup},
    Binding{"P", "order_cpu", "List", "order by CPU", by_cpu},
    Binding{"M", "order_memory", "List", "order by memory", by_memory},
    Binding{"T", "order_time", "List", "order by CPU time", by_time},
    Binding{"N", "order_pid", "List", "order by PID", by_pid},
    Binding{"F6 >", "order_next", "List", "order by the next column", order_right},
    Binding{"<", "order_before", "List", "order by the column before", order_left},
    Binding{"I", "invert", "List", "the other way round", invert},
    Binding{"t F5", "tree", "List", "processes as a tree, runs folded", tree},
    Binding{"+", "unfold", "List", "show the processes of the run under the cursor", unfold},
    Binding{"-", "fold", "List", "fold them again", fold},
    Binding{"K", "kernel_threads", "List", "with the threads of the kernel, or without", kernel_threads},
    Binding{"/ F3", "search", "Finding", "search: the cursor goes to what is typed", search},
    Binding{"n", "next_match", "Finding", "the next row that matches", next_match},
    Binding{"\\ F4", "filter", "Finding", "filter: only rows with what is typed", filter},
    Binding{"u", "user", "Finding", "only the processes of a user", user},
    Binding{"Esc", "forget", "Finding", "forget search, filter and user", escape},
    Binding{"Space", "tag", "Tags", "tag the process under the cursor, or take its tag", tag},
    Binding{"c", "tag_tree", "Tags", "tag it and all processes below it", tag_tree},
    Binding{"U", "untag", "Tags", "take all tags", untag},
    Binding{"k F9", "signal", "Acting", "send a signal to the process under the cursor, or to those that are tagged", begin<Deed::signal>},
    Binding{"X", "stop", "Acting", "stop: signal, grace, then kill what is left; of a run's process: the run", begin<Deed::stop>},
    Binding{"p", "pause", "Acting", "pause it, with all below it", begin<Deed::pause>},
    Binding{"r", "resume", "Acting", "resume it", begin<Deed::resume>},
    Binding{"F7 [", "nice_lower", "Acting", "its nice value lower by one: it goes before others", less_nice},
    Binding{"F8 ]", "nice_higher", "Acting", "its nice value higher by one: it lets others go first", nicer},
    Binding{"R", "renice", "Acting", "its nice value, which is typed", begin<Deed::renice>},
    Binding{"i", "ionice", "Acting", "its I/O priority", begin<Deed::ionice>},
    Binding{"w", "why", "Reading", "why it is slow: vigie why, takes some seconds", why},
    Binding{"o", "output", "Reading", "the output of the run", logs},
    Binding{"A", "attach", "Reading", "its terminal, to see and type; Ctrl-b d comes back", attach},
    Binding{"l", "files", "Reading", "its open files", files},
    Binding{"a", "connections", "Reading", "its connections", net},
    Binding{"m", "memory", "Reading", "its memory", maps},
    Binding{"L", "limits", "Reading", "its limits", limits},
    Binding{"e", "environment", "Reading", "its environment, secrets hidden", env},
    Binding{"s", "calls", "Reading", "the system calls it waits in", calls},
    Binding{"left", "earlier", "Time", "back, to what was seen before", earlier},
    Binding{"right", "later", "Time", "forth, up to now", later},
    Binding{",", "much_earlier", "Time", "back by ten pictures", much_earlier},
    Binding{".", "much_later", "Time", "forth by ten pictures", much_later},
    Binding{"g", "go_to", "Time", "go to a time: 03:12, -5m, 2026-11-30 03:12:05", go_to},
    Binding{"Z", "freeze", "Time", "freeze the picture, or let it go on", freeze},
    Binding{"S", "save", "Time", "save what was seen as a recording; of a frozen picture it alone", save},
    Binding{"Ctrl-L", "redraw", "Time", "draw everything anew", redraw},
    Binding{"q F10", "quit", "Time", "quit", quit},
};
// clang-format on

}  // namespace

std::span<const Binding> bindings() {
  return table;
}

}  // namespace vigie::tui
