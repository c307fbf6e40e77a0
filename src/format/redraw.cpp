#include "format/redraw.hpp"

#include <algorithm>
#include <iterator>
#include <map>

#include <fmt/format.h>

#include "base/text.hpp"

namespace vigie::format {

namespace {

constexpr std::string_view clear_screen = "\x1b[H\x1b[2J";
constexpr std::string_view clear_to_end_of_line = "\x1b[K";
constexpr std::string_view clear_below = "\x1b[J";
constexpr std::string_view reverse = "\x1b[7m";
constexpr std::string_view plain = "\x1b[27m";

std::vector<std::string> split_lines(std::string_view text, std::size_t rows) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (rows > 0 && lines.size() >= rows) {
    // The last row stays empty: a newline there would scroll the screen.
    const std::size_t shown = rows > 2 ? rows - 2 : 0;
    const std::size_t left_out = lines.size() - shown;
    lines.resize(shown);
    lines.push_back(fmt::format("({} more line{})", left_out, left_out == 1 ? "" : "s"));
  }
  return lines;
}

struct Word {
  std::size_t begin = 0, column = 0;  ///< in bytes, and as shown
  std::string_view text;
};

std::vector<Word> words_of(std::string_view line) {
  std::vector<Word> words;
  std::size_t column = 0;
  for (std::size_t at = 0; at < line.size();) {
    if (line[at] == ' ') {
      ++at;
      ++column;
      continue;
    }
    const std::string_view word = line.substr(at, std::min(line.find(' ', at), line.size()) - at);
    words.push_back({at, column, word});
    column += display_width(word);
    at += word.size();
  }
  return words;
}

/// `now` with those words in reverse video that `before` does not have at the same column.
std::string marked(std::string_view before, std::string_view now) {
  std::map<std::size_t, std::string_view> old;
  for (const Word& word : words_of(before)) old.emplace(word.column, word.text);
  std::string line;
  std::size_t copied = 0;
  for (const Word& word : words_of(now)) {
    const auto same = old.find(word.column);
    if (same != old.end() && same->second == word.text) continue;
    line += now.substr(copied, word.begin - copied);
    line += reverse;
    line += word.text;
    line += plain;
    copied = word.begin + word.text.size();
  }
  line += now.substr(copied);
  return line;
}

void move_to_row(std::string& out, std::size_t row) {
  fmt::format_to(std::back_inserter(out), "\x1b[{};1H", row + 1);
}

}  // namespace

void Redraw::draw(std::string& out, std::string_view text, const Screen& screen) {
  const bool whole = !drawn_ || !(screen == screen_);
  std::vector<std::string> lines = split_lines(text, screen.rows);
  if (whole) out += clear_screen;
  for (std::size_t row = 0; row < lines.size(); ++row) {
    const bool known = !whole && row < lines_.size();
    // After a change is shown, the next drawing must take its mark away: lines are compared without marks, and a line
    // that was marked is written again.
    if (known && lines_[row] == lines[row] && !marked_[row]) continue;
    const bool has_style = lines[row].find('\x1b') != std::string::npos;
    const bool mark = !whole && screen.mark && !has_style && (!known || lines_[row] != lines[row]);
    move_to_row(out, row);
    out += mark ? marked(known ? std::string_view(lines_[row]) : std::string_view(), lines[row]) : lines[row];
    out += clear_to_end_of_line;
    if (row >= marked_.size()) marked_.resize(row + 1);
    marked_[row] = mark;
  }
  move_to_row(out, lines.size());
  out += clear_below;
  marked_.resize(lines.size());
  lines_ = std::move(lines);
  screen_ = screen;
  drawn_ = true;
}

}  // namespace vigie::format
