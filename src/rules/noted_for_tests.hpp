// The findings in the tests of the rules, noted for numbers_test, which compares all of them with those of before.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/finding.hpp"
#include "rules/check/check.hpp"

namespace vigie::rules {

inline constexpr std::uint64_t gib = std::uint64_t{1} << 30;

/// What is found in each test of this program, by the name of the test: see numbers_test.
using LinesOfTests = std::map<std::string, std::string>;
inline LinesOfTests numbers_of_tests;  ///< a line a finding
inline LinesOfTests words_of_tests;    ///< all that is said; text that comes again in a test stands there once

/// Lines of the test that runs now; nullptr outside of one.
inline std::string* lines_of_this_test(LinesOfTests& lines) {
  const testing::TestInfo* const test = testing::UnitTest::GetInstance()->current_test_info();
  return test == nullptr ? nullptr : &lines[fmt::format("{}.{}", test->test_suite_name(), test->name())];
}

inline std::string numbers_of(const Finding& finding) {
  std::string text =
      fmt::format("{} {} {} {:.6g}", finding.subject, finding.rule, name_of(finding.severity), finding.confidence);
  if (finding.share_percent) text += fmt::format(" {:.6g} %", *finding.share_percent);
  for (const Evidence& one : finding.evidence)
    text += fmt::format("; {} {:.6g} {:.6g} {:.6g} s", one.metric, one.value, one.threshold, one.window_seconds);
  return text + fmt::format("; {} causes, {} actions\n", finding.causes.size(), finding.actions.size());
}

inline void note_numbers(const std::vector<Finding>& findings) {
  std::string* const numbers = lines_of_this_test(numbers_of_tests);
  if (numbers == nullptr) return;
  constexpr std::ptrdiff_t most_lines = 20;  // of a test that tries hundreds of hosts
  for (const Finding& finding : findings) {
    if (std::ranges::count(*numbers, '\n') < most_lines) *numbers += "  " + numbers_of(finding);
  }
}

inline void note_words(std::string_view what) {
  std::string* const words = lines_of_this_test(words_of_tests);
  if (words == nullptr) return;
  constexpr std::ptrdiff_t most_lines = 60;  // the same
  const std::string line = fmt::format("  {}\n", what);
  if (words->find(line) == std::string::npos && std::ranges::count(*words, '\n') < most_lines) *words += line;
}

inline void note_words(const Finding& finding) {
  note_words(
      fmt::format("{}{} {}: {}", finding.primary ? "" : "also ", finding.subject, finding.rule, finding.summary));
  for (const Evidence& one : finding.evidence) note_words("  " + one.text);
  for (const std::string& cause : finding.causes) note_words("  because: " + cause);
  for (const std::string& action : finding.actions) note_words("  to do: " + action);
}

inline void note_words(const Suspicion& suspicion) {
  note_words(fmt::format("{} perhaps {}, known after {:.6g} s{}: {}; {}", suspicion.subject, suspicion.rule,
                         suspicion.wants_seconds, suspicion.now ? "" : ", later", suspicion.text, suspicion.how));
}

inline void note_words(const CheckItem& item) {
  const std::string value =
      item.value ? fmt::format("{:.6g}", *item.value) : fmt::format("absent ({})", name_of(item.value.presence()));
  note_words(fmt::format("{} {}: {} {}, wanted {}; {}", name_of(item.status), item.id, value, item.unit, item.target,
                         item.advice));
}

}  // namespace vigie::rules
