#include "views/ending_text.hpp"

#include <gtest/gtest.h>

namespace vigie::views {
namespace {

std::string text_of(ExitRecord::Kind kind, int value, const char* reason = "") {
  return ending_text(ExitRecord{.kind = kind, .value = value, .reason = reason});
}

TEST(EndingText, ACodeThatTellsOfASignalNamesIt) {
  EXPECT_EQ(text_of(ExitRecord::Kind::code, 143), "exit code 143 (128 + SIGTERM)");
  EXPECT_EQ(text_of(ExitRecord::Kind::code, 137, "stopped on request, exit code 137"),
            "stopped on request, exit code 137 (128 + SIGKILL)");
}

TEST(EndingText, OtherCodesAreNumbers) {
  EXPECT_EQ(text_of(ExitRecord::Kind::code, 3), "exit code 3");
  EXPECT_EQ(text_of(ExitRecord::Kind::code, 128), "exit code 128");
  EXPECT_EQ(text_of(ExitRecord::Kind::code, 255), "exit code 255");
  EXPECT_EQ(text_of(ExitRecord::Kind::signal, 143 - 128), "killed by SIGTERM");
  EXPECT_EQ(ending_text(std::nullopt), "how it ended is not known");
}

}  // namespace
}  // namespace vigie::views
