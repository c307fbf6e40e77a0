#include "rules/ended/last_words_lines.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace vigie::rules {
namespace {

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

/// Whether a word is a time of day or a count of seconds: it differs from line to line.
bool is_time(std::string_view word) {
  for (std::size_t at = 1; at + 1 < word.size(); ++at) {
    if ((word[at] == ':' || word[at] == '.') && is_digit(word[at - 1]) && is_digit(word[at + 1])) return true;
  }
  return false;
}

/// The prefix of each line of a block: the same on all of them but for the digits of a time, or for any digits.
class Prefix {
 public:
  enum class Differs : std::uint8_t { times, digits };

  explicit Prefix(std::string_view text = {}, Differs differs = Differs::times) {
    constexpr std::string_view of_times = "0123456789:.,-/TZ+";
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find_first_not_of(of_times, at), text.size());
      if (end == at) {
        mask_ += text[at++];
        continue;
      }
      const std::string_view word = text.substr(at, end - at);
      add(word, differs == Differs::digits || is_time(word));
      at = end;
    }
  }

  /// Where the rest of a line begins; nothing for a line without this prefix.
  [[nodiscard]] std::optional<std::size_t> end_in(std::string_view line) const {
    std::size_t at = 0;
    for (const char c : mask_) {
      if (at >= line.size() || (c == digits ? !is_digit(line[at]) : line[at] != c)) return std::nullopt;
      ++at;
      while (c == digits && at < line.size() && is_digit(line[at])) ++at;
    }
    return at;
  }

 private:
  static constexpr char digits = '\0';

  void add(std::string_view word, bool any) {
    for (const char c : word) {
      if (!any || !is_digit(c)) mask_ += c;
      if (any && is_digit(c) && !mask_.ends_with(digits)) mask_ += digits;
    }
  }

  std::string mask_;
};

/// How the lines of a block are told from others, and what is taken away of each.
struct Margin {
  Prefix prefix;
  std::size_t spaces = 0;  ///< that follow the prefix

  [[nodiscard]] std::optional<std::string_view> rest_of(std::string_view line) const {
    const std::optional<std::size_t> end = prefix.end_in(line);
    if (!end) return std::nullopt;
    line.remove_prefix(*end);
    for (std::size_t i = 0; i < spaces && line.starts_with(' '); ++i) line.remove_prefix(1);
    return line;
  }
};

using Lines = std::span<const std::string>;
constexpr std::size_t far = 400;  // lines of other ranks between two of one

/// The margin of the block whose head is `lines[head]`, from the first line further down that is surely of it, as it
/// has `mark` behind the same prefix. Nothing: it has none. `at`: where in the head the words are.
std::optional<Margin> margin_of(Lines lines, std::size_t head, std::size_t at, std::string_view mark,
                                Prefix::Differs differs) {
  const std::size_t limit = std::min(lines.size(), head + 1 + far);
  for (std::size_t next = head + 1; next < limit; ++next) {
    const std::string_view line = lines[next];
    const std::size_t begin = line.find(mark);
    if (begin == std::string_view::npos) continue;
    std::string_view before = line.substr(0, begin);
    while (before.ends_with(' ')) before.remove_suffix(1);
    if (before.empty() && (begin == 0 || at == 0)) {
      if (at == 0 || next == head + 1) return std::nullopt;
      continue;  // another's, in between
    }
    const Prefix prefix(before, differs);
    const std::optional<std::size_t> end = prefix.end_in(lines[head]);
    if (!end || *end > at) continue;
    std::size_t spaces = 0;
    while (*end + spaces < at && lines[head][*end + spaces] == ' ') ++spaces;
    if (before.empty()) spaces = begin;
    return Margin{prefix, spaces};
  }
  return std::nullopt;
}

/// Ranks differ in a digit, so times alone are taken for equal where that is enough.
std::optional<Margin> margin_of(Lines lines, std::size_t head, std::size_t at, std::string_view mark) {
  std::optional<Margin> margin = margin_of(lines, head, at, mark, Prefix::Differs::times);
  return margin ? margin : margin_of(lines, head, at, mark, Prefix::Differs::digits);
}

bool looks_like_error(std::string_view line) {
  const std::string_view name = line.substr(0, line.find(':'));
  constexpr std::string_view word = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";
  if (name.empty() || name.find_first_not_of(word) != std::string_view::npos) return false;
  return name.ends_with("Error") || name.ends_with("Exception") || name.ends_with("Interrupt") ||
         name.ends_with("Exit");
}

constexpr std::string_view box_words = "Traceback (most recent call last)";

bool is_edge(std::string_view text) {
  return text.starts_with("╭─") || text.starts_with("╰─") || text.starts_with("┌─") || text.starts_with("└─") ||
         text.starts_with("+--");
}

/// Where the upper edge of a traceback's box begins.
std::optional<std::size_t> box_in(std::string_view line) {
  const std::size_t words = line.find(box_words);
  if (words == std::string_view::npos || line.substr(words + box_words.size()).starts_with(':')) return std::nullopt;
  for (const std::string_view edge : {"╭─", "┌─", "+--"}) {
    const std::size_t at = line.find(edge);
    if (at < words) return at;
  }
  return std::nullopt;
}

std::string_view side_of(std::string_view edge) {
  return edge.starts_with('+') ? "|" : "│";
}

/// "/x/train.py:113 in <module>" in a row of a box as Python's line; empty for any other row.
std::string frame_in(std::string_view row, std::string_view side) {
  row.remove_prefix(side.size());
  if (!row.starts_with(' ') || row.starts_with("  ")) return {};
  row = trimmed(row);
  if (row.starts_with(side)) return {};  // a box in the box: local variables
  if (row.ends_with(side)) row = trimmed(row.substr(0, row.size() - side.size()));
  const std::size_t in = row.find(" in ");
  const std::string_view place = trimmed(row.ends_with(" in") ? row.substr(0, row.size() - 3) : row.substr(0, in));
  const std::size_t colon = place.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == place.size()) return {};
  const std::string_view number = place.substr(colon + 1);
  if (!std::ranges::all_of(number, is_digit)) return {};
  std::string frame = fmt::format("  File \"{}\", line {}", place.substr(0, colon), number);
  if (in != std::string_view::npos) frame += fmt::format(", in {}", row.substr(in + 4));
  return frame;
}

/// Takes blocks out of the lines, each as a whole.
class Unfolder {
 public:
  explicit Unfolder(Lines lines) : lines_(lines), taken_(lines.size()) {}

  std::vector<std::string> unfold() {
    for (std::size_t at = 0; at < lines_.size(); ++at) {
      if (!taken_[at]) take(at);
    }
    return std::move(plain_);
  }

 private:
  void take(std::size_t at) {
    const std::string_view line = lines_[at];
    if (const std::optional<std::size_t> edge = box_in(line)) return take_box(at, *edge);
    const std::size_t words = line.find(traceback_head);
    if (words != std::string_view::npos) {
      const std::optional<Margin> margin = margin_of(lines_, at, words, "  File \"");
      if (margin) return take_block(at, *margin);
    }
    // The upper part of this box is beyond what is kept of the output.
    if (is_edge(line) && at > 0 && at + 1 < lines_.size() && lines_[at - 1].starts_with(side_of(line)) &&
        looks_like_error(lines_[at + 1])) {
      plain_.emplace_back(traceback_head);
      return;
    }
    plain_.emplace_back(line);
  }

  void take_block(std::size_t head, const Margin& margin) {
    plain_.emplace_back(*margin.rest_of(lines_[head]));
    take_rest(head, margin);
  }

  /// The lines up to the error, those of a longer message, and tracebacks that follow.
  void take_rest(std::size_t last, const Margin& margin) {
    constexpr std::size_t most_message = 4, near = 8;
    bool over = false;
    std::size_t more = 0;
    for (std::size_t at = last + 1; at < lines_.size() && at - last <= (over ? near : far); ++at) {
      const std::optional<std::string_view> rest =
          taken_[at] ? std::optional<std::string_view>() : margin.rest_of(lines_[at]);
      if (!rest) continue;
      const bool head = has(*rest, traceback_head);
      if (over && !head && ++more > most_message) return;
      if (head) more = 0;
      over = !head && (over || !rest->starts_with(' '));
      plain_.emplace_back(*rest);
      taken_[at] = true;
      last = at;
    }
  }

  void take_box(std::size_t head, std::size_t edge) {
    const std::string_view side = side_of(std::string_view(lines_[head]).substr(edge));
    const std::optional<Margin> margin = margin_of(lines_, head, edge, side);
    plain_.push_back((margin ? std::string() : lines_[head].substr(0, edge)).append(traceback_head));
    std::size_t last = head;
    for (std::size_t at = head + 1; at < lines_.size() && at - last <= far; ++at) {
      if (taken_[at]) continue;
      const std::optional<std::string_view> row =
          margin ? margin->rest_of(lines_[at]) : std::optional<std::string_view>(lines_[at]);
      if (!row) continue;
      const bool of_box = row->starts_with(side);
      if (!of_box && !is_edge(*row)) break;  // the lower edge is missing
      taken_[at] = true;
      last = at;
      if (!of_box) break;
      std::string frame = frame_in(*row, side);
      if (!frame.empty()) plain_.push_back(std::move(frame));
    }
    if (margin) take_rest(last, *margin);
  }

  Lines lines_;
  std::vector<bool> taken_;
  std::vector<std::string> plain_;
};

}  // namespace

std::vector<std::string> with_plain_tracebacks(const std::vector<std::string>& lines) {
  return Unfolder(lines).unfold();
}

}  // namespace vigie::rules
