#include "base/text.hpp"

#include <fmt/format.h>
#include <wchar.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace vigie {

namespace {

constexpr char32_t replacement = 0xfffd;

struct Range {
  char32_t first, last;
};

/// What controls a terminal or the direction of text, ends a line, or is not to be seen at all, so that two names look
/// alike: Cc, Zl, Zp, Cf but for the visible marks of numbers (U+0600 and alike), and Default_Ignorable_Code_Point of
/// Unicode 16. The two selectors of how an emoji is drawn stay (U+FE0E, U+FE0F): programs print them after check marks.
constexpr Range hostile_ranges[] = {
    {0x0, 0x1f},      {0x7f, 0x9f},       {0xad, 0xad},       {0x34f, 0x34f},     {0x61c, 0x61c},
    {0x115f, 0x1160}, {0x17b4, 0x17b5},   {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e},
    {0x2060, 0x206f}, {0x3164, 0x3164},   {0xfe00, 0xfe0d},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
    {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

bool is_plain(char byte) {
  return byte >= 0x20 && byte < 0x7f;
}

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char byte) { return is_plain(byte); });
}

/// Length of the sequence a first byte announces and its payload bits; 0 for a byte that cannot begin one.
int sequence_length(unsigned char first, char32_t& code_point) {
  if (first >= 0xc2 && first <= 0xdf) {
    code_point = first & 0x1fU;
    return 2;
  }
  if ((first & 0xf0U) == 0xe0) {
    code_point = first & 0x0fU;
    return 3;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    code_point = first & 0x07U;
    return 4;
  }
  return 0;
}

std::size_t columns_of(char32_t code_point) {
  // Without a UTF-8 locale wcwidth(3) knows nothing beyond ASCII and says -1: one column is the better guess.
  const int width = ::wcwidth(static_cast<wchar_t>(code_point));
  return width < 0 ? 1 : static_cast<std::size_t>(width);
}

void append_escape(std::string& out, char32_t code_point) {
  switch (code_point) {
    case U'\n': out += "\\n"; return;
    case U'\t': out += "\\t"; return;
    case U'\r': out += "\\r"; return;
    default: break;
  }
  const auto value = static_cast<unsigned>(code_point);
  if (value < 0x80) {
    fmt::format_to(std::back_inserter(out), "\\x{:02x}", value);
  } else {
    fmt::format_to(std::back_inserter(out), "\\u{{{:x}}}", value);
  }
}

}  // namespace

bool is_hostile(char32_t c) {
  if (c >= 0x20 && c < 0x7f) return false;
  const Range* const at = std::ranges::lower_bound(hostile_ranges, c, {}, &Range::last);
  return at != std::end(hostile_ranges) && c >= at->first;
}

char32_t next_code_point(std::string_view text, std::size_t& position, bool& valid) {
  const auto first = static_cast<unsigned char>(text[position]);
  valid = true;
  if (first < 0x80) {
    ++position;
    return first;
  }
  char32_t code_point = 0;
  const auto length = static_cast<std::size_t>(sequence_length(first, code_point));
  bool good = length != 0 && length <= text.size() - position;
  for (std::size_t index = 1; good && index < length; ++index) {
    const auto byte = static_cast<unsigned char>(text[position + index]);
    good = (byte & 0xc0U) == 0x80;
    code_point = (code_point << 6U) | (byte & 0x3fU);
  }
  // Overlong forms and surrogates are not UTF-8 (RFC 3629).
  if (good && length == 3) good = code_point >= 0x800 && (code_point < 0xd800 || code_point > 0xdfff);
  if (good && length == 4) good = code_point >= 0x10000 && code_point <= 0x10ffff;
  if (!good) {
    valid = false;
    ++position;
    return replacement;
  }
  position += length;
  return code_point;
}

std::size_t incomplete_tail(std::string_view text) {
  for (std::size_t length = 1; length <= std::min<std::size_t>(3, text.size()); ++length) {
    const auto byte = static_cast<unsigned char>(text[text.size() - length]);
    if ((byte & 0xc0U) == 0x80) continue;  // it continues a character: look for where that begins
    char32_t bits = 0;
    return std::cmp_greater(sequence_length(byte, bits), length) ? length : 0;
  }
  return 0;
}

void append_safe_text(std::string& out, std::string_view raw) {
  if (is_plain(raw)) {
    out += raw;
    return;
  }
  for (std::size_t position = 0; position < raw.size();) {
    const std::size_t begin = position;
    bool valid = true;
    const char32_t code_point = next_code_point(raw, position, valid);
    if (!valid) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(raw[begin]));
    } else if (is_hostile(code_point)) {
      append_escape(out, code_point);
    } else {
      out += raw.substr(begin, position - begin);
    }
  }
}

std::string safe_text(std::string_view raw) {
  std::string out;
  append_safe_text(out, raw);
  return out;
}

std::size_t display_width(std::string_view safe) {
  if (is_plain(safe)) return safe.size();
  std::size_t width = 0;
  bool valid = true;
  for (std::size_t position = 0; position < safe.size();) width += columns_of(next_code_point(safe, position, valid));
  return width;
}

std::string cut_to_width(std::string_view safe, std::size_t columns) {
  if (display_width(safe) <= columns) return std::string(safe);
  if (columns == 0) return {};
  std::size_t width = 0;
  std::size_t end = 0;
  bool valid = true;
  for (std::size_t position = 0; position < safe.size(); end = position) {
    width += columns_of(next_code_point(safe, position, valid));
    if (width > columns - 1) break;
  }
  return std::string(safe.substr(0, end)) + "…";
}

}  // namespace vigie
