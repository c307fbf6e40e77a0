// Lines, words and numbers of the kernel's text files, without a copy.
#pragma once

#include <charconv>
#include <cstdint>
#include <string_view>

namespace vigie::sys {

/// Takes the next line off `text`, without its newline. False when there is none.
inline bool take_line(std::string_view& text, std::string_view& line) {
  if (text.empty()) return false;
  const std::size_t end = text.find('\n');
  line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return true;
}

/// The words of one line, one after the other.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) {}

  /// Empty at the end.
  std::string_view next() {
    std::size_t begin = 0;
    while (begin < rest_.size() && is_space(rest_[begin])) ++begin;
    std::size_t end = begin;
    while (end < rest_.size() && !is_space(rest_[end])) ++end;
    const std::string_view word = rest_.substr(begin, end - begin);
    rest_.remove_prefix(end);
    return word;
  }

  /// 0 when the next word does not begin with a number that fits; `good` tells then.
  std::uint64_t number() {
    const std::string_view word = next();
    std::uint64_t value = 0;
    if (std::from_chars(word.data(), word.data() + word.size(), value).ec != std::errc{}) {
      good_ = false;
      return 0;
    }
    return value;
  }

  /// Whether every number so far was one.
  [[nodiscard]] bool good() const { return good_; }

 private:
  static bool is_space(char c) { return c == ' ' || c == '\t'; }

  std::string_view rest_;
  bool good_ = true;
};

}  // namespace vigie::sys
