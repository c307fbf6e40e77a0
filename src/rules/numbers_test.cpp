// Every number that a finding of these tests has, and every word, beside the one that a test is about: a share that is
// off by a factor, a threshold in another unit, "1 processes", the second largest that is named as the largest.
// VIGIE_REGENERATE=1 writes what there is now; the difference is to be looked at.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "rules/scene_for_tests.hpp"

namespace vigie::rules {
namespace {

std::string all_of(const LinesOfTests& tests) {
  std::string text;
  for (const auto& [test, lines] : tests) {
    if (!lines.empty()) text += test + "\n" + lines;
  }
  return text;
}

std::string what_was_before(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

void expect_as_before(const LinesOfTests& tests, const std::string& name) {
  const std::string path = std::string(VIGIE_FIXTURES) + "/rules/" + name;
  if (std::getenv("VIGIE_REGENERATE") != nullptr) std::ofstream(path) << all_of(tests);
  EXPECT_EQ(all_of(tests), what_was_before(path)) << "VIGIE_REGENERATE=1 writes " << path;
}

/// After all tests.
class FindingsStay : public testing::Environment {
 public:
  void TearDown() override {
    if (GTEST_FLAG_GET(filter) != "*" || testing::UnitTest::GetInstance()->Failed()) return;
    expect_as_before(numbers_of_tests, "numbers.txt");
    expect_as_before(words_of_tests, "words.txt");
  }
};

[[maybe_unused]] const auto* const findings_stay = testing::AddGlobalTestEnvironment(new FindingsStay);

}  // namespace
}  // namespace vigie::rules
