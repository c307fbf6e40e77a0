// What escape and control sequences do to a screen: those of xterm ("ctlseqs") that programs use.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "terminal/screen.hpp"

namespace vigie::terminal {
namespace {

constexpr std::size_t most_answers = 4096;  // bytes that nobody has taken yet

bool is_among(int value, std::initializer_list<int> values) {
  return std::ranges::find(values, value) != values.end();
}

}  // namespace

void Screen::escape(char intermediate, char final) {
  finish_cut_character();
  last_character_ = 0;
  Cursor& cursor = state_.cursor;
  if (const std::size_t set = std::string_view("()*+").find(intermediate); set != std::string_view::npos) {
    cursor.charsets[set] = final == '0' || final == 'A' ? final : 'B';
    return;
  }
  if (intermediate == '#' && final == '8') return fill_with_e();
  if (intermediate != 0) return;
  switch (final) {
    case '7': save_cursor(); return;
    case '8': restore_cursor(); return;
    case '=': state_.modes.keypad = true; return;
    case '>': state_.modes.keypad = false; return;
    case 'D': line_feed(); return;
    case 'E':
      line_feed();
      cursor.column = 0;
      return;
    case 'H': state_.tabs[static_cast<std::size_t>(cursor.column)] = true; return;
    case 'M': reverse_line_feed(); return;
    case 'N':
    case 'O': state_.single_shift = final == 'N' ? 2 : 3; return;
    case 'n':
    case 'o': cursor.shift = final == 'n' ? 2 : 3; return;
    case 'c': reset(); return;
    default: return;
  }
}

void Screen::sequence(const ControlSequence& sequence) {
  finish_cut_character();
  if (sequence.final != 'b') last_character_ = 0;
  if (sequence.leader != 0 || sequence.intermediate != 0) return private_sequence(sequence);
  switch (sequence.final) {
    case 'm': return set_style(sequence);
    case 'b': return repeat_last_character(sequence.value_or(0, 1));
    case 'r': return set_region(sequence);
    case 's': return save_cursor();
    case 'u': return restore_cursor();
    case 'g':
      if (sequence.value_or(0, 0) == 0) state_.tabs[static_cast<std::size_t>(state_.cursor.column)] = false;
      if (sequence.value_or(0, 0) == 3) state_.tabs.assign(state_.tabs.size(), false);
      return;
    case 'h':
    case 'l':
      for (std::size_t i = 0; i < sequence.count; ++i) set_mode(sequence.value_or(i, 0), sequence.final == 'h');
      state_.settings.heed(sequence, state_.on_alternate);
      return;
    case 't':
      if (is_among(sequence.value_or(0, 0), {22, 23})) return keep_title(sequence);
      return report(sequence);
    case 'c':
    case 'n': return report(sequence);
    default: break;
  }
  if (std::string_view("@JKLMPSTX").find(sequence.final) != std::string_view::npos) return edit(sequence);
  move(sequence);
}

void Screen::private_sequence(const ControlSequence& sequence) {
  const int first = sequence.value_or(0, 0);
  state_.settings.heed(sequence, state_.on_alternate);
  if (sequence.intermediate != 0) {
    if (sequence.leader == 0 && sequence.intermediate == '!' && sequence.final == 'p') soft_reset();
    if (sequence.leader == 0 && sequence.intermediate == ' ' && sequence.final == 'q')
      state_.modes.cursor_shape = std::min(first, 6);
    if (sequence.leader == '?' && sequence.intermediate == '$' && sequence.final == 'p') report(sequence);
  } else if (sequence.leader == '?' && (sequence.final == 'h' || sequence.final == 'l')) {
    for (std::size_t i = 0; i < sequence.count; ++i) set_private_mode(sequence.value_or(i, 0), sequence.final == 'h');
  } else if (sequence.leader == '?' && sequence.final == 's') {
    save_modes(sequence);
  } else if (sequence.leader == '?' && sequence.final == 'r') {
    restore_modes(sequence);
  } else if (sequence.leader == '?' && (sequence.final == 'J' || sequence.final == 'K')) {
    edit(sequence);
  } else if (sequence.final == 'c' || sequence.final == 'n') {
    report(sequence);
  }
}

/// DECALN: a picture to adjust a tube by, and a known state to test terminals from.
void Screen::fill_with_e() {
  state_.top = 0;
  state_.bottom = state_.rows - 1;
  state_.cursor.origin = false;
  move_to(0, 0);
  for (Line& line : state_.page().lines)
    line.assign(static_cast<std::size_t>(state_.columns), {.character = U'E', .style = {}});
}

void Screen::move_to(int row, int column) {
  Cursor& cursor = state_.cursor;
  const int top = cursor.origin ? state_.top : 0;
  const int bottom = cursor.origin ? state_.bottom : state_.rows - 1;
  cursor.row = std::clamp(top + row, top, bottom);
  cursor.column = std::clamp(column, 0, state_.columns - 1);
  cursor.wrap_pending = false;
}

void Screen::move(const ControlSequence& sequence) {
  Cursor& cursor = state_.cursor;
  const int count = sequence.value_or(0, 1);
  const int row = cursor.row - (cursor.origin ? state_.top : 0);  // as move_to counts it
  // Relative moves stop at the scroll region when they begin within it.
  const int highest = cursor.row >= state_.top ? state_.top : 0;
  const int lowest = cursor.row <= state_.bottom ? state_.bottom : state_.rows - 1;
  const int up = std::min(count, cursor.row - highest);
  const int down = std::min(count, lowest - cursor.row);
  switch (sequence.final) {
    case 'A': return move_to(row - up, cursor.column);
    case 'B':
    case 'e': return move_to(row + down, cursor.column);
    case 'C':
    case 'a': return move_to(row, cursor.column + count);
    case 'D': return move_to(row, cursor.column - count);
    case 'E': return move_to(row + down, 0);
    case 'F': return move_to(row - up, 0);
    case 'G':
    case '`': return move_to(row, count - 1);
    case 'H':
    case 'f': return move_to(count - 1, sequence.value_or(1, 1) - 1);
    case 'd': return move_to(count - 1, cursor.column);
    case 'I': return tab(count);
    case 'Z': return tab(-count);
    default: return;
  }
}

void Screen::tab(int count) {
  int column = state_.cursor.column;
  const int step = count > 0 ? 1 : -1;
  for (int left = std::abs(count); left > 0; --left) {
    do {
      column += step;
    } while (column > 0 && column < state_.columns && !state_.tabs[static_cast<std::size_t>(column)]);
  }
  state_.cursor.column = std::clamp(column, 0, state_.columns - 1);
  state_.cursor.wrap_pending = false;
}

void Screen::edit(const ControlSequence& sequence) {
  Cursor& cursor = state_.cursor;
  cursor.wrap_pending = false;
  const int count = sequence.value_or(0, 1);
  const bool in_region = cursor.row >= state_.top && cursor.row <= state_.bottom;
  switch (sequence.final) {
    case '@': return insert_blanks(count);
    case 'P': return delete_characters(count);
    case 'X': return erase(cursor.row, cursor.column, cursor.column + std::min(count, state_.columns));
    case 'J': return erase_display(sequence.value_or(0, 0));
    case 'K': return erase_line(sequence.value_or(0, 0));
    case 'S': return scroll_up(state_.top, state_.bottom, count);
    case 'T':
      if (sequence.count <= 1) scroll_down(state_.top, state_.bottom, count);  // with five it is mouse tracking
      return;
    case 'L':
    case 'M': break;
    default: return;
  }
  if (!in_region) return;
  cursor.column = 0;
  if (sequence.final == 'L') return scroll_down(cursor.row, state_.bottom, count);
  // Deleted lines do not scroll away: they are gone.
  remove_lines(cursor.row, state_.bottom, std::min(count, state_.bottom - cursor.row + 1));
}

void Screen::erase_display(int what) {
  const Cursor& cursor = state_.cursor;
  if (what == 3) {
    state_.scrollback.clear();
    state_.scrollback_cells = 0;
    return;
  }
  if (what > 3) return;
  const int first = what == 0 ? cursor.row + 1 : 0;
  const int last = what == 1 ? cursor.row - 1 : state_.rows - 1;
  if (what != 2) erase_line(what);
  for (int row = first; row <= last; ++row) blank(state_.page().row(row));
}

void Screen::erase_line(int what) {
  const Cursor& cursor = state_.cursor;
  if (what == 0) erase(cursor.row, cursor.column, state_.columns);
  if (what == 1) erase(cursor.row, 0, cursor.column + 1);
  if (what == 2) erase(cursor.row, 0, state_.columns);
}

void Screen::set_region(const ControlSequence& sequence) {
  const int top = sequence.value_or(0, 1) - 1;
  const int bottom = std::min(sequence.value_or(1, state_.rows), state_.rows) - 1;
  if (top >= bottom && state_.rows > 1) return;
  state_.top = std::min(top, bottom);
  state_.bottom = bottom;
  move_to(0, 0);
}

void Screen::set_mode(int mode, bool on) {
  if (mode == 4) state_.modes.insert = on;
  if (mode == 20) state_.modes.newline = on;
}

void Screen::set_private_mode(int mode, bool on) {
  Modes& modes = state_.modes;
  const auto* const known = std::ranges::find(private_flags, mode, &PrivateFlag::number);
  if (known != private_flags.end()) modes.*known->flag = on;
  if (mode == 7) state_.cursor.wrap_pending = false;
  if (is_among(mode, {9, 1000, 1002, 1003})) modes.mouse = on ? mode : 0;
  if (is_among(mode, {1005, 1006, 1015, 1016})) modes.mouse_encoding = on ? mode : 0;
  if (mode == 6) {
    state_.cursor.origin = on;
    move_to(0, 0);
  }
  if ((mode == 1048 || mode == 1049) && on) save_cursor();
  if (is_among(mode, {47, 1047, 1049})) show_alternate(on);
  if ((mode == 1048 || mode == 1049) && !on) restore_cursor();
}

std::optional<bool> Screen::private_mode(int mode) const {
  const Modes& modes = state_.modes;
  const auto* const known = std::ranges::find(private_flags, mode, &PrivateFlag::number);
  if (known != private_flags.end()) return modes.*known->flag;
  if (mode == 6) return state_.cursor.origin;
  if (is_among(mode, {9, 1000, 1002, 1003})) return modes.mouse == mode;
  if (is_among(mode, {1005, 1006, 1015, 1016})) return modes.mouse_encoding == mode;
  if (is_among(mode, {47, 1047, 1049})) return state_.on_alternate;
  const bool* const other = state_.settings.private_mode(mode);
  return other == nullptr ? std::nullopt : std::optional(*other);
}

/// XTSAVE and XTRESTORE: a mode that was not on when it was saved is switched off.
void Screen::save_modes(const ControlSequence& sequence) {
  constexpr std::size_t most = 64;
  for (std::size_t i = 0; i < sequence.count; ++i) {
    const int mode = sequence.value_or(i, 0);
    if (saved_modes_.size() < most) saved_modes_[mode] = private_mode(mode).value_or(false);
  }
}

void Screen::restore_modes(const ControlSequence& sequence) {
  for (std::size_t i = 0; i < sequence.count; ++i) {
    const auto saved = saved_modes_.find(sequence.value_or(i, 0));
    if (saved == saved_modes_.end()) continue;
    ControlSequence one;
    one.leader = '?';
    one.final = saved->second ? 'h' : 'l';
    one.count = 1;
    one.parameters[0].value = saved->first;
    private_sequence(one);
  }
}

void Screen::show_alternate(bool on) {
  if (on == state_.on_alternate) return;
  state_.on_alternate = on;
  state_.alternate = {};
  if (on) state_.alternate.lines.resize(static_cast<std::size_t>(state_.rows));
}

void Screen::restore_cursor() {
  state_.cursor = state_.page().saved;
  set_extra(state_.extras[state_.cursor.style.extra]);  // links are not saved
  state_.cursor.wrap_pending = false;
  if (state_.cursor.origin) state_.cursor.row = std::clamp(state_.cursor.row, state_.top, state_.bottom);
}

void Screen::soft_reset() {
  Cursor& cursor = state_.cursor;
  state_.modes.insert = state_.modes.cursor_keys = state_.modes.keypad = false;
  state_.modes.visible = true;
  state_.top = 0;
  state_.bottom = state_.rows - 1;
  const Cursor before = std::exchange(cursor, {});
  set_extra({});
  cursor.row = before.row;
  cursor.column = before.column;
  state_.page().saved = {};
}

void Screen::answer(std::string_view text) {
  if (answers_.size() + text.size() <= most_answers) answers_ += text;
}

/// The questions that programs wait for an answer to.
void Screen::report(const ControlSequence& sequence) {
  const Cursor& cursor = state_.cursor;
  const int what = sequence.value_or(0, 0);
  const std::string place = fmt::format("{};{}R", cursor.row + 1 - (cursor.origin ? state_.top : 0), cursor.column + 1);
  if (sequence.intermediate == '$') {
    const std::optional<bool> mode = private_mode(what);
    const int value = !mode ? 0 : *mode ? 1 : 2;
    answer(fmt::format("\x1b[?{};{}$y", what, value));
  } else if (sequence.final == 'c' && what == 0) {
    if (sequence.leader == 0) answer("\x1b[?1;2c");  // a VT100 with advanced video, as screen(1) says
    if (sequence.leader == '>') answer("\x1b[>0;0;0c");
  } else if (sequence.final == 'n' && what == 5 && sequence.leader == 0) {
    answer("\x1b[0n");
  } else if (sequence.final == 'n' && what == 6) {
    answer((sequence.leader == '?' ? "\x1b[?" : "\x1b[") + place);
  } else if (sequence.final == 't' && what == 18) {
    answer(fmt::format("\x1b[8;{};{}t", state_.rows, state_.columns));
  }
}

}  // namespace vigie::terminal
