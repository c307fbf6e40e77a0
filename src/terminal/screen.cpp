// What a program prints, character by character: where it goes, what it moves, what it erases. One file, because every
// function here works on the same cursor and margins; the sequences that call them are in screen_sequences.cpp.
#include "terminal/screen.hpp"

#include <wchar.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/text.hpp"
#include "base/utf8.hpp"

namespace vigie::terminal {
namespace {

constexpr int most_rows = 1000;
constexpr int most_columns = 1000;
constexpr int fewest_columns = 2;
constexpr int tab_width = 8;
constexpr std::size_t most_scrollback_lines = 2000;
constexpr std::size_t most_scrollback_cells = 128 << 10;  // 2 MB
constexpr std::size_t most_clusters = 4096;               // different ones; marks of more are left out
constexpr std::size_t longest_cluster = 32;               // bytes

/// The sequences of DEC's line drawing set, 0x60 to 0x7E.
constexpr std::array<char32_t, 31> line_drawing{U'◆', U'▒', U'␉', U'␌', U'␍', U'␊', U'°', U'±', U'␤', U'␋', U'┘',
                                                U'┐', U'┌', U'└', U'┼', U'⎺', U'⎻', U'─', U'⎼', U'⎽', U'├', U'┤',
                                                U'┴', U'┬', U'│', U'≤', U'≥', U'π', U'≠', U'£', U'·'};

char32_t in_charset(char charset, char32_t code) {
  if (charset == '0' && code >= 0x60 && code <= 0x7E) return line_drawing[code - 0x60];
  if (charset == 'A' && code == '#') return U'£';
  return code;
}

/// Columns of a character: 0 for marks, -1 for what is not printed.
int width_of(char32_t code) {
  if (code < 0x300) return code >= 0x7F && code < 0xA0 ? -1 : 1;
  const int width = ::wcwidth(static_cast<wchar_t>(code));
  return width < 0 ? 1 : width;  // newer than the C library
}

/// Before a line is changed from `at` on: a wide character that this would cut in half goes.
void keep_no_half(Line& line, int at) {
  const auto index = static_cast<std::size_t>(at);
  if (at <= 0 || index >= line.size() || line[index].character != Cell::wide_tail) return;
  line[index].character = line[index - 1].character = 0;
}

std::vector<bool> usual_tabs(int columns) {
  std::vector<bool> tabs(static_cast<std::size_t>(columns));
  for (std::size_t column = tab_width; column < tabs.size(); column += tab_width) tabs[column] = true;
  return tabs;
}

}  // namespace

Screen::Screen(int rows, int columns) {
  state_.rows = std::clamp(rows, 1, most_rows);
  state_.columns = std::clamp(columns, fewest_columns, most_columns);
  reset();
}

void Screen::reset() {
  const std::size_t rows = static_cast<std::size_t>(state_.rows);
  state_.main = Page{.lines = std::vector<Line>(rows), .first = 0, .saved = {}};
  state_.alternate = {};
  state_.on_alternate = false;
  state_.cursor = {};
  state_.top = 0;
  state_.bottom = state_.rows - 1;
  state_.modes = {};
  state_.settings.reset();
  state_.link.clear();
  state_.single_shift = 0;
  state_.tabs = usual_tabs(state_.columns);
  last_character_ = 0;
}

void Screen::write(std::string_view bytes) {
  parser_.parse(bytes, *this);
}

std::string Screen::redraw(const RedrawFor& viewer) const {
  return terminal::redraw(state_, viewer) + cut_ + parser_.unfinished();
}

std::string Screen::take_answers() {
  return std::exchange(answers_, {});
}

void Screen::text(std::string_view bytes) {
  std::string joined;
  if (!cut_.empty()) {
    joined = std::exchange(cut_, {}).append(bytes);
    bytes = joined;
  }
  const std::size_t tail = incomplete_tail(bytes);
  cut_ = bytes.substr(bytes.size() - tail);
  bytes.remove_suffix(tail);
  bool valid = true;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto byte = static_cast<unsigned char>(bytes[at]);
    if (byte >= 0x20 && byte < 0x7F) {
      const std::size_t begin = at;
      while (at < bytes.size() && bytes[at] >= 0x20 && bytes[at] < 0x7F) ++at;
      print_ascii(bytes.substr(begin, at - begin));
    } else if (byte < 0x20) {
      control(byte);
      ++at;
    } else {
      print(next_code_point(bytes, at, valid));
    }
  }
}

void Screen::finish_cut_character() {
  if (cut_.empty()) return;
  cut_.clear();
  print(U'\uFFFD');
}

bool Screen::prints_ascii() const {
  return state_.cursor.charsets[state_.cursor.shift] == 'B' && state_.single_shift == 0;
}

void Screen::control(unsigned char byte) {
  last_character_ = 0;
  Cursor& cursor = state_.cursor;
  switch (byte) {
    case '\b':
      cursor.wrap_pending = false;
      cursor.column = std::max(cursor.column - 1, 0);
      return;
    case '\t': tab(1); return;
    case '\n':
    case '\v':
    case '\f':
      line_feed();
      if (state_.modes.newline) cursor.column = 0;
      return;
    case '\r':
      cursor.wrap_pending = false;
      cursor.column = 0;
      return;
    case 0x0E: cursor.shift = 1; return;
    case 0x0F: cursor.shift = 0; return;
    default: return;
  }
}

/// Most of what is printed: several characters of one column each at once.
void Screen::print_ascii(std::string_view run) {
  Cursor& cursor = state_.cursor;
  if (!prints_ascii() || state_.modes.insert || !state_.modes.autowrap) {
    for (const char character : run) print(static_cast<char32_t>(character));
    return;
  }
  last_character_ = static_cast<char32_t>(run.back());
  const Style style = cursor.style;
  while (!run.empty()) {
    if (cursor.wrap_pending) {
      line_feed();
      cursor.column = 0;
    }
    const auto column = static_cast<std::size_t>(cursor.column);
    const std::size_t count = std::min(run.size(), static_cast<std::size_t>(state_.columns) - column);
    Line& cells = line(cursor.row);
    keep_no_half(cells, cursor.column);
    keep_no_half(cells, static_cast<int>(column + count));
    if (cells.size() < column + count) cells.resize(column + count);
    // Member by member: a cell made on the stack is read back before its parts have got there (store forwarding), which
    // takes ten times as long.
    for (std::size_t i = 0; i < count; ++i) {
      cells[column + i].character = static_cast<char32_t>(run[i]);
      cells[column + i].style = style;
    }
    run.remove_prefix(count);
    cursor.column = static_cast<int>(column + count);
    cursor.wrap_pending = cursor.column == state_.columns;
    if (cursor.wrap_pending) --cursor.column;
  }
}

void Screen::print(char32_t code) {
  const Cursor& cursor = state_.cursor;
  const std::uint8_t once = std::exchange(state_.single_shift, std::uint8_t{0});
  code = in_charset(cursor.charsets[once != 0 ? once : cursor.shift], code);
  const int width = width_of(code);
  if (width == 0) combine(code);
  if (width <= 0) return;
  last_character_ = code;
  put(code, width);
}

void Screen::put(char32_t character, int width) {
  Cursor& cursor = state_.cursor;
  const bool autowrap = state_.modes.autowrap;
  const bool too_wide = cursor.column + width > state_.columns;
  if (autowrap && (cursor.wrap_pending || too_wide)) {
    line_feed();
    cursor.column = 0;
  } else if (too_wide) {
    cursor.column = state_.columns - width;
  }
  cursor.wrap_pending = false;
  if (state_.modes.insert) insert_blanks(width);
  Line& cells = line(cursor.row);
  const auto column = static_cast<std::size_t>(cursor.column);
  const std::size_t end = column + static_cast<std::size_t>(width);
  keep_no_half(cells, cursor.column);
  keep_no_half(cells, cursor.column + width);
  if (cells.size() < end) cells.resize(end);
  cells[column] = {.character = character, .style = cursor.style};
  if (width == 2) cells[column + 1] = {.character = Cell::wide_tail, .style = cursor.style};
  cursor.column += width;
  if (cursor.column < state_.columns) return;
  cursor.column = state_.columns - 1;
  cursor.wrap_pending = autowrap;
}

/// Puts a mark on the character before the cursor.
void Screen::combine(char32_t mark) {
  const Cursor& cursor = state_.cursor;
  Line& cells = line(cursor.row);
  int column = cursor.wrap_pending ? cursor.column : cursor.column - 1;
  if (column < 0) return;
  if (column < std::ssize(cells) && cells[static_cast<std::size_t>(column)].character == Cell::wide_tail) --column;
  if (column >= std::ssize(cells)) cells.resize(static_cast<std::size_t>(column) + 1);
  char32_t& character = cells[static_cast<std::size_t>(column)].character;
  std::string cluster;
  append_character(cluster, character, state_.clusters);
  append_utf8(cluster, mark);
  if (cluster.size() > longest_cluster) return;
  const auto known = cluster_numbers_.find(cluster);
  if (known != cluster_numbers_.end()) {
    character = known->second;
  } else if (state_.clusters.size() < most_clusters) {
    character = Cell::first_cluster + static_cast<char32_t>(state_.clusters.size());
    state_.clusters.push_back(cluster);
    cluster_numbers_.emplace(std::move(cluster), character);
  }
}

/// REP (ECMA-48 8.3.103), which curses programs use for bars and lines; at most a line of it, as VTE does.
void Screen::repeat_last_character(int times) {
  if (last_character_ == 0) return;
  for (int left = std::min(times, state_.columns); left > 0; --left) put(last_character_, width_of(last_character_));
}

void Screen::line_feed() {
  Cursor& cursor = state_.cursor;
  cursor.wrap_pending = false;
  if (cursor.row == state_.bottom) {
    scroll_up(state_.top, state_.bottom, 1);
  } else if (cursor.row < state_.rows - 1) {
    ++cursor.row;
  }
}

void Screen::reverse_line_feed() {
  Cursor& cursor = state_.cursor;
  cursor.wrap_pending = false;
  if (cursor.row == state_.top) {
    scroll_down(state_.top, state_.bottom, 1);
  } else if (cursor.row > 0) {
    --cursor.row;
  }
}

/// The line to change, without the cells that a narrower screen hides.
Line& Screen::line(int row) {
  Line& cells = state_.page().row(row);
  if (std::ssize(cells) > state_.columns) {
    keep_no_half(cells, state_.columns);
    cells.resize(static_cast<std::size_t>(state_.columns));
  }
  return cells;
}

/// Blank, in the background of the pen, as xterm does.
void Screen::blank(Line& line) const {
  line.clear();
  const Colour background = state_.cursor.style.background;
  if (background != Colour{}) {
    line.assign(static_cast<std::size_t>(state_.columns),
                {.character = 0, .style = {.foreground = {}, .background = background}});
  }
}

/// The columns from `from` to before `to`.
void Screen::erase(int row, int from, int to) {
  Line& cells = line(row);
  to = std::min(to, state_.columns);
  keep_no_half(cells, from);
  keep_no_half(cells, to);
  const Cell blank{.character = 0, .style = {.foreground = {}, .background = state_.cursor.style.background}};
  const bool coloured = blank.style != Style{};
  if (!coloured && to >= std::ssize(cells)) {
    cells.resize(std::min(cells.size(), static_cast<std::size_t>(from)));
    return;
  }
  if (std::ssize(cells) < to) cells.resize(static_cast<std::size_t>(to));
  std::fill(cells.begin() + from, cells.begin() + to, blank);
}

void Screen::insert_blanks(int count) {
  const int column = state_.cursor.column;
  count = std::min(count, state_.columns - column);
  Line& cells = line(state_.cursor.row);
  if (column < std::ssize(cells)) {
    keep_no_half(cells, column);
    cells.insert(cells.begin() + column, static_cast<std::size_t>(count), Cell{});
  }
  erase(state_.cursor.row, column, column + count);
}

void Screen::delete_characters(int count) {
  const int column = state_.cursor.column;
  count = std::min(count, state_.columns - column);
  Line& cells = line(state_.cursor.row);
  keep_no_half(cells, column);
  keep_no_half(cells, column + count);
  const auto length = static_cast<int>(std::ssize(cells));
  if (column < length) cells.erase(cells.begin() + column, cells.begin() + std::min(column + count, length));
  erase(state_.cursor.row, state_.columns - count, state_.columns);
}

/// Moves the lines `first` to `last` up by `count`: the first ones go, blank ones come.
void Screen::scroll_up(int first, int last, int count) {
  Page& page = state_.page();
  count = std::min(count, last - first + 1);
  if (first == 0 && !state_.on_alternate) {
    for (int row = 0; row < count; ++row) keep_scrolled(page.row(row));
  }
  remove_lines(first, last, count);
}

void Screen::remove_lines(int first, int last, int count) {
  Page& page = state_.page();
  if (first == 0 && last == state_.rows - 1) {
    page.first = page.index(count % state_.rows);
  } else {
    for (int row = first; row + count <= last; ++row) std::swap(page.row(row), page.row(row + count));
  }
  for (int row = last - count + 1; row <= last; ++row) blank(page.row(row));
}

void Screen::scroll_down(int first, int last, int count) {
  Page& page = state_.page();
  count = std::min(count, last - first + 1);
  for (int row = last; row - count >= first; --row) std::swap(page.row(row), page.row(row - count));
  for (int row = first; row < first + count; ++row) blank(page.row(row));
}

/// Takes the line, and leaves the memory of the oldest kept one in its place for reuse.
void Screen::keep_scrolled(Line& line) {
  ++state_.lines_scrolled;
  if (std::ssize(line) > state_.columns) line.resize(static_cast<std::size_t>(state_.columns));
  std::deque<Line>& kept = state_.scrollback;
  state_.scrollback_cells += line.capacity();
  kept.push_back(std::move(line));
  line.clear();
  while (kept.size() > most_scrollback_lines || state_.scrollback_cells > most_scrollback_cells) {
    state_.scrollback_cells -= kept.front().capacity();
    line = std::move(kept.front());
    kept.pop_front();
  }
}

/// Lines that find no room below the cursor leave at the bottom, those above it at the top. Text is not wrapped anew;
/// what a narrower screen hides comes back with a wider one unless the line was changed meanwhile.
void Screen::resize(int rows, int columns) {
  rows = std::clamp(rows, 1, most_rows);
  columns = std::clamp(columns, fewest_columns, most_columns);
  if (rows == state_.rows && columns == state_.columns) return;
  const int dropped = std::max(state_.cursor.row - (rows - 1), 0);
  if (!state_.on_alternate) {
    for (int row = 0; row < dropped; ++row) keep_scrolled(state_.main.row(row));
  }
  const int main_dropped = state_.on_alternate ? std::max(state_.main.saved.row - (rows - 1), 0) : dropped;
  state_.rows = rows;
  if (columns != state_.columns) state_.tabs = usual_tabs(columns);
  state_.columns = columns;
  resize_page(state_.main, rows, main_dropped);
  if (state_.on_alternate) resize_page(state_.alternate, rows, dropped);
  state_.top = 0;
  state_.bottom = rows - 1;
  Cursor& cursor = state_.cursor;
  cursor.row -= dropped;
  cursor.column = std::min(cursor.column, columns - 1);
  cursor.wrap_pending = false;
}

void Screen::resize_page(Page& page, int rows, int dropped) {
  std::rotate(page.lines.begin(), page.lines.begin() + static_cast<std::ptrdiff_t>(page.first), page.lines.end());
  page.first = 0;
  page.lines.erase(page.lines.begin(), page.lines.begin() + dropped);
  page.lines.resize(static_cast<std::size_t>(rows));
  page.saved.row = std::clamp(page.saved.row - dropped, 0, rows - 1);
  page.saved.column = std::min(page.saved.column, state_.columns - 1);
}

std::uint64_t PlainPosition::advance(std::string_view text) {
  const auto width = static_cast<std::uint64_t>(columns);
  std::uint64_t rows = 0;
  while (!text.empty()) {
    const std::size_t line = std::min(text.find('\n'), text.size());
    const std::size_t count = std::min(text.substr(0, line).find('\r'), line);
    if (count > 0) {
      const std::uint64_t last = column + count - 1;
      rows += last / width;
      column = last % width + 1;
    }
    text.remove_prefix(count);
    if (text.empty()) break;
    if (text.front() == '\r' || newline) {
      column = 0;
    } else {
      column = std::min(column, width - 1);  // a line feed takes the wrap back
    }
    if (text.front() == '\n') ++rows;
    text.remove_prefix(1);
  }
  return rows;
}

bool Screen::scrolls_plainly() const {
  const Modes& modes = state_.modes;
  return !state_.on_alternate && state_.top == 0 && state_.bottom == state_.rows - 1 && modes.autowrap &&
         !modes.insert && prints_ascii() && cut_.empty() && parser_.unfinished().empty();
}

PlainPosition Screen::plain_position() const {
  const Cursor& cursor = state_.cursor;
  return {.columns = state_.columns,
          .newline = state_.modes.newline,
          .column = static_cast<std::uint64_t>(cursor.column + (cursor.wrap_pending ? 1 : 0))};
}

std::uint64_t Screen::lines_scrolled_after(std::uint64_t rows) const {
  const auto room = static_cast<std::uint64_t>(state_.bottom - state_.cursor.row);
  return state_.lines_scrolled + (rows > room ? rows - room : 0);
}

void Screen::skip(std::string_view text) {
  const std::uint64_t rows = plain_position().advance(text);
  state_.lines_scrolled = lines_scrolled_after(rows);
  Cursor& cursor = state_.cursor;
  cursor.row = static_cast<int>(std::min<std::uint64_t>(static_cast<std::uint64_t>(cursor.row) + rows,
                                                        static_cast<std::uint64_t>(state_.bottom)));
  cursor.column = 0;
  cursor.wrap_pending = false;
}

Screen::Capacity Screen::capacity() const {
  const auto rows = static_cast<std::size_t>(state_.rows);
  const auto columns = static_cast<std::size_t>(state_.columns);
  return {.lines = most_scrollback_lines + rows, .cells = most_scrollback_cells + (rows + 1) * columns};
}

std::vector<std::string> Screen::lines_up_from_cursor(int count, int below) const {
  std::vector<std::string> lines;
  for (int row = std::min(state_.cursor.row + below, state_.rows - 1); row >= 0 && count > 0; --row, --count) {
    const Line& cells = state_.page().row(row);
    std::string text;
    for (std::size_t i = 0; i < cells.size() && i < static_cast<std::size_t>(state_.columns); ++i)
      append_character(text, cells[i].character, state_.clusters);
    // A blank at the edge may be one between two words of a line that was wrapped there.
    if (cells.size() < static_cast<std::size_t>(state_.columns)) text.erase(text.find_last_not_of(' ') + 1);
    lines.push_back(std::move(text));
  }
  return lines;
}

}  // namespace vigie::terminal
