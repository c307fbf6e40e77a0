// Regular expressions with named groups, on PCRE2, whose work on one text is bounded.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace vigie {

/// A compiled expression. Perl's syntax; names of groups as in Perl and Python: (?<name>...) and (?P<name>...).
class Regex {
 public:
  /// What a named group matched.
  struct Group {
    std::string_view name;  ///< as long as the Regex
    std::string_view text;  ///< part of the text that was searched
  };

  /// The error says what is wrong with the expression, and where.
  [[nodiscard]] static Result<Regex> compile(std::string_view pattern);

  /// The named groups of the first match anywhere in the text; groups that took no part in it are left out. Nothing
  /// without a match, and nothing when looking for one takes more steps than the limit: an expression that backtracks
  /// without end costs milliseconds. The text may be any bytes.
  [[nodiscard]] std::optional<std::vector<Group>> search(std::string_view text) const;
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  Regex() = default;
  struct Deleter {
    void operator()(void* code) const;
  };
  std::unique_ptr<void, Deleter> code_;  ///< pcre2_code
  std::vector<std::string> names_;
  std::vector<unsigned> numbers_;  ///< of the groups that the names are of
};

}  // namespace vigie
