// A regular expression a user typed.
#pragma once

#include <regex.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/text.hpp"

namespace vigie::act {

/// POSIX extended (regex(7)), as in grep -E and pgrep. libc's, because std::regex recurses once per character and a
/// command line may be megabytes long.
class Pattern {
 public:
  /// Errors are of kind usage.
  static Result<Pattern> compile(std::string_view text) {
    Pattern pattern;
    auto compiled = std::make_unique<regex_t>();
    const int error = ::regcomp(compiled.get(), std::string(text).c_str(), REG_EXTENDED | REG_NOSUB);
    if (error != 0) {
      char reason[128];
      ::regerror(error, compiled.get(), reason, sizeof reason);
      return fail("\"" + safe_text(text) + "\" is not a regular expression: " + reason, ErrorKind::usage);
    }
    pattern.regex_.reset(compiled.release());
    return pattern;
  }

  [[nodiscard]] bool matches(const std::string& text) const {
    return ::regexec(regex_.get(), text.c_str(), 0, nullptr, 0) == 0;
  }

 private:
  struct Free {
    void operator()(regex_t* regex) const {
      ::regfree(regex);
      delete regex;
    }
  };
  std::unique_ptr<regex_t, Free> regex_;
};

}  // namespace vigie::act
