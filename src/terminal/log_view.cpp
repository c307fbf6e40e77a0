#include "terminal/log_view.hpp"

#include <wchar.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "base/utf8.hpp"

namespace vigie::terminal {
namespace {

constexpr std::size_t height = 50;             ///< of the terminal that a run begins with
constexpr std::size_t longest_line = 1 << 20;  ///< a program that never ends a line must not fill memory
constexpr std::size_t widest = 1000;           ///< columns of any terminal (see Screen)
constexpr char32_t invalid_byte = 0x110000;    ///< added to bytes that are no UTF-8

void append_raw(std::string& raw, char32_t code) {
  if (code >= invalid_byte) {
    raw += static_cast<char>(code - invalid_byte);
  } else {
    append_utf8(raw, code);
  }
}

void append_safe(std::string& out, const std::u32string& cells) {
  std::string raw;
  raw.reserve(cells.size());
  for (const char32_t code : cells) {
    if (code != 0) append_raw(raw, code);
  }
  raw.erase(raw.find_last_not_of(' ') + 1);
  append_safe_text(out, raw);
}

bool is_wide(char32_t code) {
  return code >= 0x1100 && code < invalid_byte && ::wcwidth(static_cast<wchar_t>(code)) == 2;
}

/// A cell, and not more or less.
bool is_plain(char byte) {
  return byte >= 0x20 && byte < 0x7f;
}

bool is_blank(const std::u32string& cells) {
  return cells.find_first_not_of(U' ') == std::u32string::npos;
}

}  // namespace

std::string LogView::show(std::string_view bytes) {
  parser_.parse(bytes, *this);
  return std::exchange(out_, {});
}

std::string LogView::settle() {
  const std::int64_t final = std::min(first_ + static_cast<std::int64_t>(row_), redrawn_begin_);
  for (std::int64_t i = first_; i < final; ++i) give(rows_[static_cast<std::size_t>(i - first_)]);
  return std::exchange(out_, {});
}

std::string LogView::end() {
  while (!rows_.empty() && is_blank(rows_.back().cells)) rows_.pop_back();
  for (Row& row : rows_) give(row);
  rows_.assign(1, Row{});
  row_ = column_ = 0;
  return std::exchange(out_, {});
}

std::string LogView::current() const {
  std::string line;
  append_safe(line, rows_[row_].cells);
  return line;
}

void LogView::give(Row& row) {
  if (std::exchange(row.shown, true)) return;
  append_safe(out_, row.cells);
  out_ += '\n';
}

LogView::Row& LogView::changed_row() {
  rows_[row_].shown = false;
  return rows_[row_];
}

void LogView::text(std::string_view bytes) {
  if (alternate_) return;
  const std::string joined = std::exchange(cut_, {}).append(bytes);
  const std::size_t whole = joined.size() - incomplete_tail(joined);
  cut_ = joined.substr(whole);
  for (std::size_t at = 0; at < whole;) {
    const char byte = joined[at];
    if (is_plain(byte)) {
      const std::string_view rest = std::string_view(joined).substr(at, whole - at);
      const auto end = std::ranges::find_if_not(rest, is_plain);
      const auto count = static_cast<std::size_t>(end - rest.begin());
      put_plain(rest.substr(0, count));
      at += count;
    } else if (static_cast<unsigned char>(byte) < 0x80) {
      control(byte);
      ++at;
    } else {
      bool valid = true;
      const char32_t code = next_code_point(joined, at, valid);
      put(valid ? code : invalid_byte + static_cast<unsigned char>(byte));
    }
  }
}

void LogView::control(char byte) {
  switch (byte) {
    case '\n':
    case '\v':
    case '\f':
      column_ = 0;  // also where the terminal did not translate it, or there was none
      line_feed();
      return;
    case '\r': column_ = 0; return;
    case '\b': column_ -= column_ > 0 ? 1 : 0; return;
    case '\t': {
      const std::size_t stop = (column_ / 8 + 1) * 8;
      std::u32string& cells = rows_[row_].cells;
      if (cells.size() < stop && stop < longest_line) changed_row().cells.resize(stop, U' ');
      column_ = stop;
      return;
    }
    default: return;
  }
}

void LogView::put(char32_t code) {
  if (column_ >= longest_line) {
    column_ = 0;
    line_feed();
  }
  std::u32string& cells = changed_row().cells;
  if (cells.size() < column_) cells.resize(column_, U' ');
  const auto set = [&](char32_t cell) {
    if (column_ < cells.size()) {
      cells[column_] = cell;
    } else {
      cells += cell;
    }
    ++column_;
  };
  set(code);
  if (is_wide(code)) set(0);
  last_ = code;
}

/// What put() does with each of them.
void LogView::put_plain(std::string_view ascii) {
  while (!ascii.empty()) {
    if (column_ >= longest_line) {
      column_ = 0;
      line_feed();
    }
    const std::size_t count = std::min(ascii.size(), longest_line - column_);
    std::u32string& cells = changed_row().cells;
    if (cells.size() < column_ + count) cells.resize(column_ + count, U' ');
    std::ranges::copy(ascii.substr(0, count), cells.begin() + static_cast<std::ptrdiff_t>(column_));
    column_ += count;
    last_ = static_cast<char32_t>(ascii[count - 1]);
    ascii.remove_prefix(count);
  }
}

void LogView::line_feed() {
  going_up_ = false;
  if (first_ + static_cast<std::int64_t>(row_) >= redrawn_end_) redrawn_begin_ = nothing;  // left behind
  if (row_ + 1 < rows_.size()) {
    ++row_;
    return;
  }
  rows_.emplace_back();
  ++row_;
  if (rows_.size() <= height) return;
  give(rows_.front());
  rows_.pop_front();
  ++first_;
  --row_;
}

/// To a line of the screen; those below the last one begin to exist.
void LogView::go_to_row(std::int64_t index) {
  const auto target = static_cast<std::size_t>(std::clamp<std::int64_t>(index, 0, height - 1));
  if (target < row_) {
    const std::int64_t top = first_ + static_cast<std::int64_t>(target);
    const std::int64_t bottom = first_ + static_cast<std::int64_t>(row_);
    redrawn_begin_ = going_up_ ? std::min(redrawn_begin_, top) : top;
    redrawn_end_ = going_up_ ? std::max(redrawn_end_, bottom) : bottom;
    going_up_ = true;
  }
  while (rows_.size() <= target) rows_.emplace_back();
  row_ = target;
}

void LogView::go_up(std::int64_t by) {
  go_to_row(static_cast<std::int64_t>(row_) - by);
}

void LogView::erase_in_line(int which) {
  Row& row = changed_row();
  if (which == 0 && column_ < row.cells.size()) row.cells.resize(column_);
  if (which == 1) {
    const std::size_t end = std::min(column_ + 1, row.cells.size());
    const std::size_t count = std::min(end, widest);
    std::fill_n(row.cells.begin() + static_cast<std::ptrdiff_t>(end - count), count, U' ');
  }
  if (which == 2) row.cells.clear();
}

void LogView::erase_in_screen(int which) {
  if (which == 0 || which == 1) erase_in_line(which);
  const std::size_t begin = which == 0 ? row_ + 1 : 0;
  const std::size_t end = which == 1 ? row_ : rows_.size();
  for (std::size_t i = begin; i < end; ++i) {
    rows_[i].cells.clear();
    rows_[i].shown = rows_[i].shown && which != 0;
  }
}

/// Insert, delete and blank characters in the cursor's line, as far as a terminal is wide: it wraps a line that is
/// longer, and one that never ends must not be moved whole by every sequence of three bytes.
void LogView::edit_line(char final, std::size_t count) {
  std::u32string& cells = changed_row().cells;
  if (column_ >= cells.size()) return;
  const std::size_t edge = column_ + widest;
  const bool to_the_end = cells.size() <= edge;
  if (final == '@' && to_the_end) cells.resize(std::min(edge, cells.size() + count), U' ');
  const auto here = cells.begin() + static_cast<std::ptrdiff_t>(column_);
  const auto end = cells.begin() + static_cast<std::ptrdiff_t>(std::min(edge, cells.size()));
  const auto there = static_cast<std::ptrdiff_t>(std::min(count, static_cast<std::size_t>(end - here)));
  if (final == 'X') std::fill_n(here, there, U' ');
  if (final == '@') std::fill(here, std::move_backward(here, end - there, end), U' ');
  if (final != 'P') return;
  const auto kept = std::move(here + there, end, here);
  if (to_the_end) {
    cells.erase(kept, cells.end());
  } else {
    std::fill(kept, end, U' ');
  }
}

/// Insert and delete lines at the cursor's.
void LogView::edit_screen(char final, std::size_t count) {
  const auto here = rows_.begin() + static_cast<std::ptrdiff_t>(row_);
  if (final == 'M') {
    rows_.erase(here, here + static_cast<std::ptrdiff_t>(std::min(count, rows_.size() - row_)));
    if (row_ >= rows_.size()) rows_.emplace_back();
  } else {
    rows_.insert(here, std::min(count, height - row_), Row{});
    if (rows_.size() > height) rows_.resize(height);
  }
  column_ = 0;
}

void LogView::set_modes(const ControlSequence& sequence) {
  for (std::size_t i = 0; i < sequence.count; ++i) {
    const int mode = sequence.value_or(i, 0);
    if (mode == 47 || mode == 1047 || mode == 1049) alternate_ = sequence.final == 'h';
  }
}

void LogView::restore() {
  column_ = saved_.column;
  go_to_row(saved_.row - first_);
}

void LogView::escape(char intermediate, char final) {
  if (intermediate != 0) return;
  if (final == 'c') alternate_ = false;
  if (alternate_) return;
  switch (final) {
    case 'E': column_ = 0; [[fallthrough]];
    case 'D': line_feed(); return;
    case 'M': go_up(1); return;
    case '7': saved_ = {.row = first_ + static_cast<std::int64_t>(row_), .column = column_}; return;
    case '8': restore(); return;
    default: return;
  }
}

void LogView::move_cursor(const ControlSequence& sequence) {
  const int count = sequence.value_or(0, 1);
  const auto columns = static_cast<std::size_t>(count);
  switch (sequence.final) {
    case 'F': column_ = 0; [[fallthrough]];
    case 'A': go_up(count); return;
    case 'E': column_ = 0; [[fallthrough]];
    case 'B':
    case 'e': go_to_row(static_cast<std::int64_t>(row_) + count); return;
    case 'C':
    case 'a': column_ = std::max(column_, std::min(column_ + columns, widest - 1)); return;
    case 'D': column_ -= std::min(column_, columns); return;
    case 'G':
    case '`': column_ = std::min(columns, widest) - 1; return;
    case 'd': go_to_row(count - 1); return;
    default:
      go_to_row(count - 1);
      column_ = std::min(static_cast<std::size_t>(sequence.value_or(1, 1)), widest) - 1;
      return;
  }
}

void LogView::sequence(const ControlSequence& sequence) {
  if (sequence.intermediate != 0) return;
  if (sequence.leader == '?') {
    if (sequence.final == 'h' || sequence.final == 'l') set_modes(sequence);
    return;
  }
  if (sequence.leader != 0 || alternate_) return;
  const auto count = static_cast<std::size_t>(sequence.value_or(0, 1));
  switch (sequence.final) {
    case 'A':
    case 'B':
    case 'C':
    case 'D':
    case 'E':
    case 'F':
    case 'G':
    case 'H':
    case '`':
    case 'a':
    case 'd':
    case 'e':
    case 'f': move_cursor(sequence); return;
    case 'J': erase_in_screen(sequence.value_or(0, 0)); return;
    case 'K': erase_in_line(sequence.value_or(0, 0)); return;
    case '@':
    case 'P':
    case 'X': edit_line(sequence.final, count); return;
    case 'L':
    case 'M': edit_screen(sequence.final, count); return;
    case 'b':
      for (std::size_t i = 0; i < std::min<std::size_t>(count, 500); ++i) put(last_);
      return;
    case 's': escape(0, '7'); return;
    case 'u': escape(0, '8'); return;
    default: return;
  }
}

}  // namespace vigie::terminal
