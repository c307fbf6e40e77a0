#include "format/folded.hpp"

#include <algorithm>
#include <vector>

#include "base/text.hpp"
#include "base/utf8.hpp"

namespace vigie::format {
namespace {

constexpr std::size_t least_bar = 8, least_columns = 4;

/// The characters of bars: those of tqdm, rich, Keras, pip, wget; and the blanks of the part still to come.
bool is_of_bar(char32_t code) {
  constexpr std::u32string_view ascii = U" #=>-.*";
  const bool block = code >= 0x2580 && code <= 0x2593;  // halves, eighths and shades
  const bool line = code == 0x2501 || (code >= 0x2578 && code <= 0x257F) || code == 0x2500;
  return block || line || ascii.contains(code);
}

struct Run {
  std::size_t begin = 0, end = 0;
  [[nodiscard]] std::size_t length() const { return end - begin; }
};

Run longest_bar(const std::u32string& line) {
  Run longest;
  for (std::size_t begin = 0; begin < line.size();) {
    std::size_t end = begin;
    while (end < line.size() && is_of_bar(line[end])) ++end;
    // Blanks at the end of a line are no bar, nor are the characters before its first word.
    if (begin > 0 && end < line.size() && end - begin > longest.length()) longest = {begin, end};
    begin = std::max(end, begin + 1);
  }
  return longest;
}

}  // namespace

void append_folded(std::string& out, std::string_view safe, const Fold& fold) {
  std::size_t column = fold.column;
  const bool narrow = fold.width <= fold.indent + least_columns;
  bool first = true;
  while (!safe.empty()) {
    const std::size_t space = std::min(safe.find(' '), safe.size());
    std::string_view word = safe.substr(0, space);
    safe.remove_prefix(std::min(space + 1, safe.size()));
    const std::size_t length = display_width(word);
    if (!first && !narrow && column + 1 + length > fold.width) {
      out.append("\n").append(fold.indent, ' ');
      column = fold.indent;
    } else if (!first) {
      out += ' ';
      ++column;
    }
    first = false;
    // Only names of files and commands are so long: each character takes one column.
    while (!narrow && column + word.size() > fold.width && length == word.size()) {
      out.append(word.substr(0, fold.width - column)).append("\n").append(fold.indent, ' ');
      word.remove_prefix(fold.width - column);
      column = fold.indent;
    }
    out += word;
    column += display_width(word);
  }
  out += '\n';
}

std::string with_short_bar(std::string_view safe, std::size_t width) {
  const std::size_t wide = display_width(safe);
  if (width == 0 || wide <= width) return std::string(safe);
  std::u32string line;
  bool valid = true;
  for (std::size_t at = 0; at < safe.size();) line += next_code_point(safe, at, valid);
  const Run bar = longest_bar(line);
  const std::size_t rest = wide - bar.length();
  if (bar.length() < least_bar || rest + least_bar > width) return std::string(safe);
  const std::size_t columns = width - rest;
  std::string out;
  for (std::size_t i = 0; i < bar.begin; ++i) append_utf8(out, line[i]);
  for (std::size_t i = 0; i < columns; ++i) append_utf8(out, line[bar.begin + i * bar.length() / columns]);
  for (std::size_t i = bar.end; i < line.size(); ++i) append_utf8(out, line[i]);
  return out;
}

}  // namespace vigie::format
