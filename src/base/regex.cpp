#define PCRE2_CODE_UNIT_WIDTH 8
#include "base/regex.hpp"

#include <array>

#include <pcre2.h>

#include <fmt/format.h>

#include "base/text.hpp"

namespace vigie {
namespace {

constexpr std::size_t longest_pattern = 4096;
constexpr std::uint32_t most_steps =
    50'000;  ///< of matching one text; a hundred are enough for expressions written by hand
constexpr std::uint32_t most_heap_kib = 256;

struct Match {
  pcre2_match_data* data = nullptr;
  pcre2_match_context* limits = nullptr;

  Match() = default;
  Match(const Match&) = delete;
  Match& operator=(const Match&) = delete;
  ~Match() {
    pcre2_match_data_free(data);
    pcre2_match_context_free(limits);
  }
};

}  // namespace

void Regex::Deleter::operator()(void* code) const {
  pcre2_code_free(static_cast<pcre2_code*>(code));
}

Result<Regex> Regex::compile(std::string_view pattern) {
  if (pattern.size() > longest_pattern)
    return fail(fmt::format("a regular expression may have {} bytes, not {}", longest_pattern, pattern.size()),
                ErrorKind::usage);
  int error = 0;
  PCRE2_SIZE where = 0;
  pcre2_code* const code =
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                    PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C, &error, &where, nullptr);
  if (code == nullptr) {
    std::array<PCRE2_UCHAR, 256> why{};
    pcre2_get_error_message(error, why.data(), why.size());
    return fail(fmt::format("\"{}\" is not a regular expression: {} at character {}", safe_text(pattern),
                            reinterpret_cast<const char*>(why.data()), where + 1),
                ErrorKind::usage);
  }
  Regex regex;
  regex.code_.reset(code);
  std::uint32_t count = 0, entry_size = 0;
  PCRE2_SPTR table = nullptr;
  pcre2_pattern_info(code, PCRE2_INFO_NAMECOUNT, &count);
  pcre2_pattern_info(code, PCRE2_INFO_NAMEENTRYSIZE, &entry_size);
  pcre2_pattern_info(code, PCRE2_INFO_NAMETABLE, static_cast<void*>(&table));
  for (std::uint32_t i = 0; i < count; ++i, table += entry_size) {
    regex.numbers_.push_back(unsigned{table[0]} << 8U | table[1]);
    regex.names_.emplace_back(reinterpret_cast<const char*>(table + 2));
  }
  return regex;
}

std::optional<std::vector<Regex::Group>> Regex::search(std::string_view text) const {
  const auto* const code = static_cast<const pcre2_code*>(code_.get());
  Match match;
  match.data = pcre2_match_data_create_from_pattern(code, nullptr);
  match.limits = pcre2_match_context_create(nullptr);
  if (match.data == nullptr || match.limits == nullptr) return std::nullopt;
  pcre2_set_match_limit(match.limits, most_steps);
  pcre2_set_heap_limit(match.limits, most_heap_kib);
  const int matched = pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, PCRE2_NO_JIT,
                                  match.data, match.limits);
  if (matched < 1) return std::nullopt;
  const PCRE2_SIZE* const ends = pcre2_get_ovector_pointer(match.data);
  std::vector<Group> groups;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const PCRE2_SIZE begin = ends[2 * numbers_[i]], end = ends[2 * numbers_[i] + 1];
    if (begin == PCRE2_UNSET || end < begin) continue;
    groups.push_back({.name = names_[i], .text = text.substr(begin, end - begin)});
  }
  return groups;
}

}  // namespace vigie
