// Every number that a finding of these tests has, beside the one that a test is about: a share that is off by a factor,
// a threshold in another unit. VIGIE_REGENERATE=1 writes what there is now; the difference is to be looked at.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "rules/scene_for_tests.hpp"

namespace vigie::rules {
namespace {

const std::string path = std::string(VIGIE_FIXTURES) + "/rules/numbers.txt";

std::string all_numbers() {
  std::string text;
  for (const auto& [test, numbers] : numbers_of_tests) {
    if (!numbers.empty()) text += test + "\n" + numbers;
  }
  return text;
}

std::string what_was_before() {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// After all tests.
class NumbersStay : public testing::Environment {
 public:
  void TearDown() override {
    if (GTEST_FLAG_GET(filter) != "*" || testing::UnitTest::GetInstance()->Failed()) return;
    if (std::getenv("VIGIE_REGENERATE") != nullptr) std::ofstream(path) << all_numbers();
    EXPECT_EQ(all_numbers(), what_was_before()) << "VIGIE_REGENERATE=1 writes " << path;
  }
};

[[maybe_unused]] const auto* const numbers_stay = testing::AddGlobalTestEnvironment(new NumbersStay);

}  // namespace
}  // namespace vigie::rules
